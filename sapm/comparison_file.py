"""What comparing every level with the golden model showed, as comparison.json beside the recordings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ops import Graph
from ops.files import write_whole
from recordings.comparison import Verdict
from sapm.levels import Comparison
from sapm.networks import Networks
from sapm.project_report import format_of
from sapm.reporting.files import COMPARISON, DIFFERENT, IDENTICAL, MISSING


def write_comparison(networks: Networks, comparisons: Iterable[Comparison], folder: Path) -> None:
    """Writes what was found of every tensor."""
    content: dict[str, Any] = {}
    for one in comparisons:
        graph = networks.graph(one.transform)
        entry = content.setdefault(one.transform, {**_graph_fields(graph), "levels": {}})
        entry["levels"][one.level] = {
            "identical": one.verdict.identical,
            "text": str(one.verdict),
            "seconds": one.seconds,
            **asdict(one.verdict),
            "states": states(graph, one.verdict),
        }
    write_whole(folder / COMPARISON, (json.dumps(content, indent=1) + "\n").encode())


def _graph_fields(graph: Graph) -> dict[str, Any]:
    nodes = [
        {
            "name": node.name,
            "operation": type(node.operation).__name__,
            "inputs": list(node.inputs),
            "format": format_of(graph.types[node.name]),
        }
        for node in graph.nodes
    ]
    return {"input": graph.input_name, "nodes": nodes}


def states(graph: Graph, found: Verdict) -> dict[str, str]:
    """What a level's tensor of each node is beside the golden one."""
    names = [node.name for node in graph.nodes]
    if found.tensors + len(found.missing) + len(found.reshaped) < len(names):
        return {graph.output_name: IDENTICAL if found.identical else DIFFERENT}  # without taps: the result alone
    different = {*found.differing, *(text.partition(" ")[0] for text in found.reshaped)}
    state = dict.fromkeys(names, IDENTICAL)
    return state | dict.fromkeys(different, DIFFERENT) | dict.fromkeys(found.missing, MISSING)

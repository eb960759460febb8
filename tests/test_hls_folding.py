"""Folding meets its budget with the smallest arrays; targets are data; predictions add up."""

from __future__ import annotations

import pytest

from hls.folded import FoldedGraph
from hls.folding import allowed_foldings, fold
from hls.prediction import predict
from hls.targets import TARGETS, find_target
from hls.windows import same_windows
from ops import Folding
from sample_graphs import analysis_graph, synthesis_graph


@pytest.mark.parametrize("graph", [analysis_graph(8, 12), synthesis_graph(8, 12)], ids=lambda graph: graph.name)
def test_budget_is_met_with_the_smallest_arrays(graph):
    size = (64, 64) if graph.name == "analysis" else (4, 4)
    folded = fold(graph, *size, cycles_per_pixel=6)
    budget = 6 * 64 * 64 * 1.01
    agreeing = {node.name for nodes in same_windows(graph) for node in nodes}  # See test_hls_windows.
    for node in graph.nodes:
        rows, columns = graph.size_of(node.inputs[0], *size)
        folding = folded.foldings[node.name]
        types = tuple(graph.types[name] for name in node.inputs)
        assert folded.hardware(node).cycles(rows, columns) <= budget
        for other in [] if node.name in agreeing else allowed_foldings(graph, node):
            if other.pe * other.simd < folding.pe * folding.simd:
                hardware = node.operation.hardware(types, graph.types[node.name], other)
                assert hardware.cycles(rows, columns) > budget


def test_what_cannot_meet_the_budget_is_unrolled_fully():
    graph = analysis_graph(4, 6)
    folded = fold(graph, 64, 64, cycles_per_pixel=1e-3)
    assert folded.foldings["first"] == Folding(4, 3)
    assert folded.foldings["gdn1.square"] == Folding(4, 4)


def test_bad_budgets_and_sizes_are_named():
    graph = analysis_graph()
    with pytest.raises(ValueError, match="must be positive, not -1"):
        fold(graph, 64, 64, cycles_per_pixel=-1)
    with pytest.raises(ValueError, match="multiples of 16, not 60x64"):
        fold(graph, 60, 64)


def test_every_node_needs_a_folding():
    graph = analysis_graph()
    with pytest.raises(ValueError, match="'first' has none"):
        FoldedGraph(graph, {}, 16, 16)


def test_prediction_is_bounded_by_the_slowest_node():
    folded = fold(analysis_graph(), 64, 64)
    prediction = predict(folded, 64, 64)
    slowest = max(node.cycles for node in prediction.nodes)
    assert prediction.total == prediction.fill + slowest
    assert slowest < prediction.total < 2 * slowest
    assert {node.name for node in prediction.nodes if node.utilization == 1} == {prediction.slowest}


def test_targets_are_found_by_name():
    assert find_target("kv260").part.startswith("xck26")
    assert all(target.lookup_tables > 10_000 and target.block_ram_bits > 10**6 for target in TARGETS.values())
    with pytest.raises(ValueError, match="zcu102.*not 'zx81'"):
        find_target("zx81")

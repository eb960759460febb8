"""Cycles of the HLS project: its pipelined loops go round as often as the prediction has cycles, layer by layer."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from hls.dataflow.folded import all_hardware
from hls.hls4ml.project import generate_hls
from hls.vitis.project import HlsProject
from hls.vitis.simulation import compile_program
from hls.vitis.streams import LayerList
from ops import Graph
from ops.naming import identifier
from sample_graphs import analysis_graph, synthesis_graph
from test_hls_vitis import PART, folded, picture

pytestmark = pytest.mark.slow

PIPELINE = re.compile(r"#pragma HLS PIPELINE II = 1( style = flp)?\n")


def counted(project: HlsProject) -> dict[str, int]:
    """The rounds of all pipelined loops of each layer, for the first picture of the test bench."""
    firmware = project.folder / "firmware"
    for header in (firmware / "sapm").glob("*.h"):
        header.write_text("extern long rounds;\n" + PIPELINE.sub(r"\g<0>rounds++;\n", header.read_text()))
    source = firmware / f"{project.top}.cpp"
    layers = [layer["name"] for layer in LayerList(project.folded).layers[1:]]
    names = iter(layers)
    text, count = re.subn(
        r"^    (sapm::(?!take_|give_).*;)$",
        lambda match: f'rounds = 0; {match[1]} std::cerr << "{next(names)} " << rounds << std::endl;',
        source.read_text(),
        flags=re.MULTILINE,
    )
    assert count == len(layers)
    source.write_text("long rounds = 0;\n" + text)
    program = project.folder / "counted"
    both = project.folder / "counted.cpp"
    both.write_text(f'#include "firmware/{project.top}.cpp"\n#include "{project.top}_test.cpp"\n')
    compile_program(both, program, [firmware / "ap_types", firmware, project.folder], 0)
    (project.folder / "weights").symlink_to("firmware/weights")
    done = subprocess.run([program], cwd=project.folder, capture_output=True, text=True, check=True, timeout=60)
    return {name: int(rounds) for name, rounds in (line.split() for line in done.stderr.splitlines())}


@pytest.mark.parametrize("interleave", [1, 4])
@pytest.mark.parametrize(
    ("graph", "size"), [(analysis_graph(), (48, 64)), (synthesis_graph(), (5, 8))], ids=["down", "up"]
)
def test_rounds_are_the_predicted_cycles(graph: Graph, size: tuple[int, int], interleave: int, tmp_path: Path) -> None:
    """Nothing overlaps with the rows before the first window, and where no window follows nothing else is late."""
    design = folded(graph, 64, 4, interleave)
    x = picture(graph, *size)
    rounds = counted(generate_hls(design, tmp_path / "project", PART, 10.0, [(x, graph(x))]))
    hardware = all_hardware(design)
    checked = 0
    for node in graph.nodes:
        name = identifier(node.name)
        found = rounds.get(name, rounds.get(f"{name}_windows"))
        if found is None:  # shares the windows of another
            continue
        height, width = graph.size_of(node.inputs[0], *size)
        cycles, reach = hardware[node.name].cycles(height, width), hardware[node.name].reach(height, width)
        beats = graph.types[node.inputs[0]].channels // hardware[node.name].input_lanes[0]
        filling = (int(reach[0]) + 1) * beats + 2 * interleave  # the rows, and the first weights of one array or two
        assert cycles - node.operation.window.size <= found <= cycles + filling, node.name
        checked += 1
    assert checked > 0.8 * len(graph.nodes)
    orders = [name for name in rounds if name.endswith("_order")]
    assert bool(orders) == (interleave > 1)

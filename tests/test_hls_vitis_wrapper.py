"""The wrapper of an HLS tool's core: which of its ports go where, and that it may be written again."""

from __future__ import annotations

from pathlib import Path

import pytest

from hls.fold.folding import fold
from hls.rtl.plan import Ports
from hls.rtl.project import SOURCES
from hls.vitis.wrapper import render_wrapper, write_wrapper
from ops import Graph
from sample_graphs import analysis_graph, synthesis_graph

GRAPHS = [(analysis_graph(), 16, 3, 1), (synthesis_graph(), 2, 1, 3)]
"""Graphs with their size, and the bytes of a beat at both ports."""


def test_it_may_be_written_again_and_anywhere(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "wrapper"
    for _ in range(2):
        write_wrapper(fold(synthesis_graph(), 4, 4), folder)
    assert {path.name for path in folder.glob("*.sv")} == set((folder / SOURCES).read_text().split())


@pytest.mark.parametrize(("graph", "size", "entering", "leaving"), GRAPHS, ids=["analysis", "synthesis"])
def test_every_byte_that_enters_is_valid_and_marked(graph: Graph, size: int, entering: int, leaving: int) -> None:
    ports = Ports.of(fold(graph, size, size))
    assert (ports.input_port.data_width, ports.output_port.data_width) == (8 * entering, 8 * leaving)
    text = render_wrapper(ports)
    core = text[text.index(" u_core (") :]
    for side, valid, user in (("s_axis", f"{{{entering}{{1'b1}}}}", "core_s_user"), ("m_axis", "", "")):
        for name, wire in (("TKEEP", valid), ("TSTRB", valid), ("TUSER", user)):
            assert f".{side}_{name}({wire})" in core
    for name in ("TVALID", "TREADY", "TDATA", "TLAST"):
        assert (
            f".s_axis_{name}(core_s_{name[1:].lower()})" in core
            and f".m_axis_{name}(core_m_{name[1:].lower()})" in core
        )


@pytest.mark.parametrize("graph", [analysis_graph(), synthesis_graph()], ids=lambda graph: graph.name)
def test_the_bridge_has_the_size_and_both_streams(graph: Graph) -> None:
    text = render_wrapper(Ports.of(fold(graph, 16, 16)))
    bridge = text[text.index(" u_bridge (") : text.index(" u_core (")]
    for wire in (
        *(".width_i(width)", ".height_i(height)", ".in_valid_i(entering_valid)", ".out_valid_o(leaving_valid)"),
        *(".in_data_i(entering_data)", ".out_data_o(leaving_data)", ".begin_valid_o(begin_valid)"),
        *(".core_awaddr_o(core_awaddr)", ".core_bvalid_i(core_bvalid)"),
    ):
        assert wire in bridge

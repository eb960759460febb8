"""Words that leave window buffers are counted: shares of periods, arrays that share a buffer, the words of a map."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hls.dataflow.folded import FoldedGraph
from hls.rtl import generate_rtl
from ops import Add, Fixed, Folding, GraphBuilder, L1Conv2d, ShiftConv2d, TensorType
from rtl_sim.occupancy import MONITOR, PERIOD, Occupancy, occupancies
from rtl_sim.runners import BuildOptions
from rtl_sim.simulator import ONE_FILE
from rtl_sim.transform import RtlSimulation

QUICK = BuildOptions(optimization="-O0", verilator_arguments=ONE_FILE)


def test_whole_periods_between_two_cycles_count():
    occupancy = Occupancy(("a",), np.array([0, PERIOD, PERIOD // 2, 0]))
    assert occupancy.busy(PERIOD, 3 * PERIOD) == 0.75
    assert occupancy.busy(1, 3 * PERIOD - 1) == 1.0
    assert math.isnan(occupancy.busy(PERIOD + 1, 2 * PERIOD - 1))


@pytest.mark.rtl
def test_every_window_buffer_is_counted(tmp_path):
    side, channels = 16, 4
    rng = np.random.default_rng(0)
    builder = GraphBuilder("arrays", "x", TensorType.of_format(channels, Fixed(8, 4)))
    codes = rng.integers(1, 5, (1, channels, channels, 3, 3))
    builder.add("alone", ShiftConv2d(codes[..., :1, :1], np.zeros(channels, int)), "x")
    builder.add("shift", ShiftConv2d(codes, np.zeros(channels, int)), "x")
    builder.add("adder", L1Conv2d(rng.integers(-9, 9, codes.shape[1:]), np.zeros(channels, int)), "x")
    builder.add("both", Add(0, 0), "shift", "adder")
    builder.add("all", Add(0, 0), "both", "alone")
    graph = builder.build("all")
    foldings = {name: Folding(2, 2) for name in ("alone", "shift", "adder", "both", "all")}
    project = generate_rtl(FoldedGraph(graph, foldings, side, side), tmp_path / "rtl")
    simulation = RtlSimulation(project, tmp_path / "simulation", QUICK, (MONITOR,))
    # The second map sees to it that the counts of the first are complete.
    maps = [rng.integers(-128, 128, (channels, side, side)) for _ in range(2)]
    result = simulation.simulate(maps, taps=False)
    assert np.array_equal(result.outputs[0], graph(maps[0]))
    begin, end = result.steady
    assert result.begins[0] < begin < end < result.ends[1]
    found = {entry.nodes: entry for entry in occupancies(project, result.folder)}
    assert list(found) == [("alone",), ("shift", "adder")]
    words = {"alone": 2 * side**2 * 4, "shift": 2 * side**2 * 9 * 4}
    for nodes, entry in found.items():
        missing = words[nodes[0]] - entry.words.sum()
        assert 0 <= missing <= PERIOD  # The last period may lack its end.
    together = found["shift", "adder"]
    idle = (PERIOD - together.words[-(-begin // PERIOD) : end // PERIOD]).sum()
    assert idle == 2  # The change of maps; see ops.windows.WindowSchedule.cycles.
    assert 0.999 < together.busy(begin, end) < 1.0

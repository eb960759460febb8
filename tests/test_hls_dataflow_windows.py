"""Shared window buffers: who shares, at which foldings, and what that costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hls.dataflow.fifo import fifo_depths, source_of
from hls.dataflow.folded import FoldedGraph, all_hardware
from hls.dataflow.windows import agreeing, same_windows, shared_windows
from hls.fold.candidates import allowed_foldings
from hls.fold.folding import fold
from hls.rtl import generate_rtl
from hls.rtl.plan import DataflowPlan
from ops import Add, Fixed, Folding, Graph, GraphBuilder, L1Conv2d, Requant, ShiftConv2d, TensorType
from rtl_sim.runners import BuildOptions
from rtl_sim.simulator import ONE_FILE
from rtl_sim.transform import RtlSimulation, Stalls
from sample_graphs import analysis_graph, synthesis_graph

GRAPHS = {"analysis": (analysis_graph(8, 12), 64), "synthesis": (synthesis_graph(8, 12), 4)}
BRANCHES = [("sapm1.shift", "sapm1.adder"), ("sapm2.shift", "sapm2.adder")]


def branches(*, second_stride: int = 2, second_kernel: int = 5, fork: bool = False) -> Graph:
    """Two convolutions of one map whose results are added; with `fork`, one result is also added before."""
    rng = np.random.default_rng(0)
    builder = GraphBuilder("two", "x", TensorType.of_format(4, Fixed(8, 0)))
    codes = rng.integers(0, 3, (1, 4, 4, 5, 5))
    a = builder.add("a", ShiftConv2d(codes, np.zeros(4, int), stride=2, weight_frac=0), "x")
    weight = rng.integers(-9, 9, (4, 4, second_kernel, second_kernel))
    b = builder.add("b", L1Conv2d(weight, np.zeros(4, int), stride=second_stride), "x")
    rounded = builder.add("b.round", Requant(2, 12, 1), b)
    if fork:
        rounded = builder.add("doubled", Add.aligning(builder.types[rounded], builder.types[rounded]), rounded, rounded)
    return builder.build(builder.add("sum", Add.aligning(builder.types[a], builder.types[rounded]), a, rounded))


def shared(graph: Graph, foldings: dict[str, Folding]) -> list[tuple[str, ...]]:
    folded = FoldedGraph(graph, {node.name: Folding() for node in graph.nodes} | foldings, 16, 16)
    return [tuple(node.name for node in window.nodes) for window in shared_windows(folded, all_hardware(folded))]


@pytest.mark.parametrize("name", GRAPHS)
def test_both_branches_of_every_sapm_share(name: str) -> None:
    graph, size = GRAPHS[name]
    folded = fold(graph, size, size)
    plan = DataflowPlan.of(folded)
    together = [window for window in plan.windows if len(window.nodes) > 1]
    assert [tuple(node.name for node in window.nodes) for window in together] == BRANCHES
    read = sorted(node.name for window in plan.windows for node in window.nodes)
    assert read == sorted(node.name for node in graph.nodes if node.operation.is_convolution)
    for window in together:
        first, second = (plan.hardware[node.name] for node in window.nodes)
        assert first.cycles(16, 16) == second.cycles(16, 16)
        takers = [taker.node.name for taker in plan.streams[window.source].consumers if taker.node]
        assert window.nodes[0].name in takers and window.nodes[1].name not in takers


@pytest.mark.parametrize("name", GRAPHS)
def test_agreeing_costs_no_cycles(name: str) -> None:
    graph, size = GRAPHS[name]
    rng = np.random.default_rng(1)
    for _ in range(20):
        before = {node.name: rng.choice(np.array(allowed_foldings(graph, node), object)) for node in graph.nodes}
        after = agreeing(graph, before)
        assert agreeing(graph, after) == after
        for nodes in same_windows(graph):
            rows, columns = graph.size_of(nodes[0].inputs[0], size, size)
            cycles = [
                [FoldedGraph(graph, chosen, size, size).hardware(node).cycles(rows, columns) for node in nodes]
                for chosen in (before, after)
            ]
            assert len(set(cycles[1])) == 1
            assert cycles[1][0] <= max(cycles[0])
        untouched = set(before) - {node.name for nodes in same_windows(graph) for node in nodes}
        assert all(after[name] == before[name] for name in untouched)


def test_only_equal_windows_at_equal_pace_are_shared() -> None:
    assert shared(branches(), {}) == [("a", "b")]
    assert shared(branches(), {"a": Folding(2, 4), "b": Folding(2, 4)}) == [("a", "b")]
    assert shared(branches(), {"a": Folding(2, 1)}) == []
    assert shared(branches(), {"a": Folding(2, 4, 5), "b": Folding(2, 4, 5)}) == [("a", "b")]
    assert shared(branches(), {"a": Folding(2, 4, 5), "b": Folding(2, 4)}) == []
    assert shared(branches(), {"a": Folding(1, 2), "b": Folding(2, 1)}) == []
    assert same_windows(branches(second_kernel=3)) == []


def test_what_does_not_meet_pixel_by_pixel_is_not_shared() -> None:
    assert len(same_windows(branches(fork=True))) == 1
    assert shared(branches(fork=True), {}) == []


def test_a_shared_window_meets_behind_a_fifo_of_a_pixel() -> None:
    graph = branches()
    folded = FoldedGraph(graph, {node.name: Folding() for node in graph.nodes}, 16, 16)
    depths = fifo_depths(folded)
    assert {edge[0] for edge in depths} <= {"sum", "b.round"}
    assert all(depth >= 4 for depth in depths.values())


FOLDINGS = [Folding(2, 4), Folding(2, 2, 5), Folding(2, 2, 5, 4), Folding(1, 4, 1, 8)]


@pytest.mark.rtl
@pytest.mark.parametrize("folding", FOLDINGS, ids=str)
def test_one_pixel_of_fifo_is_enough(folding: Folding, tmp_path: Path) -> None:
    graph = branches()
    foldings = {node.name: Folding() for node in graph.nodes} | {"a": folding, "b": folding}
    folded = FoldedGraph(graph, foldings, 16, 16)
    hardware = all_hardware(folded)
    depths = {(name, i): 4 // hardware[source_of(graph, (name, i))].output_lanes for name, i in fifo_depths(folded)}
    project = generate_rtl(folded, tmp_path / "rtl", depths)
    assert project.design["windows"][0] == {"tensor": "x", "nodes": ["a", "b"]}
    maps = [np.random.default_rng(width).integers(-128, 128, (4, 16, width)) for width in (16, 10, 14)]
    simulation = RtlSimulation(project, tmp_path, BuildOptions(optimization="-O0", verilator_arguments=ONE_FILE))
    for stalls in (Stalls(), Stalls(120, 120, 3)):
        result = simulation.simulate(maps, stalls=stalls, taps=False)
        assert all(np.array_equal(got, graph(x)) for got, x in zip(result.outputs, maps, strict=True))

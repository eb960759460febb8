"""Shared window buffers: who shares, at which foldings, and what that costs."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from hls.dataflow.fifo import fifo_depths, source_of
from hls.dataflow.folded import FoldedGraph, all_hardware
from hls.dataflow.windows import agreeing, same_windows, shared_windows
from hls.fold.candidates import allowed_foldings
from hls.fold.folding import fold
from hls.rtl import generate_rtl
from hls.rtl.dataflow import rom_files
from hls.rtl.plan import DataflowPlan
from ops import Add, DepthToSpace, Fixed, Folding, Graph, GraphBuilder, L1Conv2d, Node, Requant, ShiftConv2d, TensorType
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


def pairs(kernel: int, *, shuffled: bool = False) -> Graph:
    """Two convolutions of one map whose results are added, behind a shuffle each or at once."""
    builder = GraphBuilder("pairs", "x", TensorType.of_format(4, Fixed(8, 0)))
    for name in ("a", "b"):
        terms = np.ones((1, 4, 4, kernel, kernel), int)
        found = builder.add(name, ShiftConv2d(terms, np.zeros(4, int), stride=2 if kernel == 2 else 1), "x")
        if shuffled:
            builder.add(f"{name}.space", DepthToSpace(2), found)
    return builder.build(builder.add("sum", Add(), *(("a.space", "b.space") if shuffled else ("a", "b"))))


@pytest.mark.parametrize(("kernel", "together"), [(1, 0), (2, 1), (3, 1)])
def test_windows_are_of_more_than_a_pixel(kernel: int, together: int) -> None:
    assert len(same_windows(pairs(kernel))) == together


def test_results_that_nowhere_meet_pixel_by_pixel_are_not_shared() -> None:
    assert shared(pairs(3), {}) == [("a", "b")]
    assert len(same_windows(pairs(3, shuffled=True))) == 1 and shared(pairs(3, shuffled=True), {}) == []


def test_what_agrees_has_the_fewest_lanes_of_both_together() -> None:
    """Then accumulators and rows, of all foldings that read as few words as the slowest did; found by going through."""
    graph = branches()
    allowed = {name: list(allowed_foldings(graph, node)) for name, node in convolutions(graph).items()}
    for a, b in product(allowed["a"][::7], allowed["b"][::5]):
        agreed = agreeing(graph, {"a": a, "b": b})
        slowest = max(reads(folding) for folding in (a, b))
        common = [
            size(one, other)
            for one, other in product(allowed["a"], allowed["b"])
            if (one.simd, one.rows, one.interleave, one.pe) == (other.simd, other.rows, other.interleave, other.pe)
            and reads(one) <= slowest
        ]
        assert size(agreed["a"], agreed["b"]) == min(common)


def size(one: Folding, other: Folding) -> tuple[int, ...]:
    accumulators = one.pe + other.pe
    return accumulators * one.lanes, accumulators, one.rows, one.interleave


def convolutions(graph: Graph) -> dict[str, Node]:
    return {node.name: node for node in graph.nodes if node.operation.is_convolution}


def reads(folding: Folding) -> int:
    """Words that one of the branches, of four channels to four and a kernel of five, reads for a result."""
    return 4 // folding.pe * folding.words(4) * 5 * (5 // folding.rows)


def test_fifos_lie_where_they_were_computed_and_nowhere_else() -> None:
    folded = fold(analysis_graph(8, 12), 64, 64)
    plan = DataflowPlan.of(folded)
    takers = [taker for stream in plan.streams.values() for taker in stream.consumers if taker.depth]
    found = {(taker.node.name if taker.node else "out", taker.index): taker.depth for taker in takers}
    assert found == {edge: depth for edge, depth in fifo_depths(folded).items() if depth}


def test_weights_in_blocks_have_banks_and_no_other_memory() -> None:
    folded = fold(analysis_graph(8, 12), 64, 64)
    for in_blocks in (frozenset[str](), frozenset({"sapm1.shift", "first"})):
        plan = DataflowPlan.of(replace(folded, in_blocks=in_blocks))
        paths = [path for path, _, _ in rom_files(plan)]
        banks = {path.split(".mem.")[0] for path in paths if not path.endswith(".mem")}
        assert banks == {f"rom/{name.replace('.', '_')}_weight_file" for name in in_blocks}
        assert len(paths) == len(set(paths)) and len(paths) - len(in_blocks) >= len(folded.graph.nodes) // 4


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

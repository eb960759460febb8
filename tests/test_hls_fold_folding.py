"""Foldings meet their budget with the fewest LUTs; targets that are too small are refused; targets are data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from hls.dataflow.folded import FoldedGraph
from hls.dataflow.prediction import predict
from hls.dataflow.windows import same_windows
from hls.devices.targets import TARGETS, find_target
from hls.estimates.resources import STREAMS, estimate
from hls.fold.candidates import Candidates, allowed_foldings
from hls.fold.fitting import ImpossibleTarget, Request, design_for
from hls.fold.folding import CYCLES_PER_PIXEL, choose, fold
from ops import Fixed, Folding, Graph, GraphBuilder, L1Conv2d, Node, TensorType
from sample_graphs import analysis_graph, synthesis_graph

GRAPHS = [(analysis_graph(4, 6), (64, 64)), (synthesis_graph(4, 6), (4, 4))]
every_graph = pytest.mark.parametrize(("graph", "size"), GRAPHS, ids=lambda value: getattr(value, "name", ""))


def cycles_of(graph: Graph, node: Node, folding: Folding, size: tuple[int, int]) -> int:
    types = tuple(graph.types[name] for name in node.inputs)
    rows, columns = graph.size_of(node.inputs[0], *size)
    return node.operation.hardware(types, graph.types[node.name], folding).cycles(rows, columns)


def neighbours(folded: FoldedGraph, node: Node) -> Iterator[FoldedGraph]:
    """The same graph with another folding of one node."""
    for other in allowed_foldings(folded.graph, node):
        foldings = folded.foldings | {node.name: other}
        yield FoldedGraph(folded.graph, foldings, folded.max_height, folded.max_width)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("graph", "size", "family"), [(*GRAPHS[0], "xcup"), (*GRAPHS[1], "ecp5")], ids=["analysis", "synthesis"]
)
def test_budget_is_met_with_the_fewest_luts(graph: Graph, size: tuple[int, int], family: str) -> None:
    budget = 6 * 64 * 64
    folded = fold(graph, *size, cycles_per_pixel=6, family=family)
    agreeing = {node.name for nodes in same_windows(graph) for node in nodes}  # See test_hls_windows.
    area = sum(row.lut for row in estimate(folded, family, depths={}).values())
    for node in graph.nodes:
        assert cycles_of(graph, node, folded.foldings[node.name], size) <= budget
        for other in [] if node.name in agreeing else neighbours(folded, node):
            if cycles_of(graph, node, other.foldings[node.name], size) <= budget:
                # One LUT: the choice compares whole LUTs.
                assert sum(row.lut for row in estimate(other, family, depths={}).values()) > area - 1


def test_weights_go_to_block_memories_where_these_save_enough() -> None:
    rng = np.random.default_rng(0)
    builder = GraphBuilder("wide", "x", TensorType.of_format(16, Fixed(8, 0)))
    builder.add("conv", L1Conv2d(rng.integers(-9, 9, (16, 16, 3, 3)), np.zeros(16, int)), "x")
    graph = builder.build("conv")
    given = {"conv": Folding(16, 8)}  # 18 words of 1,024 bits: 29 block memories.
    candidates = Candidates.of(graph, 16, 16, given=given)
    folded = choose(candidates, 1e9)
    in_luts = FoldedGraph(graph, folded.foldings, 16, 16)
    saved = estimate(in_luts, "xcup")["conv"].lut - estimate(folded, "xcup")["conv"].lut
    taken = estimate(folded, "xcup")["conv"].bram - estimate(in_luts, "xcup")["conv"].bram
    assert folded.in_blocks == {"conv"}
    assert (saved, taken) == pytest.approx((1024, 14.5))
    assert choose(candidates, 1e9, memory_price=60).in_blocks == {"conv"}
    assert choose(candidates, 1e9, memory_price=80).in_blocks == set()


@every_graph
def test_a_tighter_budget_never_takes_fewer_luts(graph: Graph, size: tuple[int, int]) -> None:
    candidates = Candidates.of(graph, *size)
    luts = []
    for budget in candidates.budgets:
        folded = choose(candidates, budget)
        assert max(node.cycles for node in predict(folded, *size).nodes) <= budget
        luts.append(sum(row.lut for row in estimate(folded, "xcup", depths={}).values()))
    for tight, loose in pairwise(luts):
        assert loose <= 1.02 * tight


def test_what_cannot_meet_the_budget_is_as_fast_as_it_can_be() -> None:
    graph = analysis_graph(4, 6)
    folded = fold(graph, 64, 64, cycles_per_pixel=1e-3)
    assert folded.foldings["first"] == Folding(4, 3, 9)
    for node in graph.nodes:
        fastest = min(cycles_of(graph, node, other, (64, 64)) for other in allowed_foldings(graph, node))
        assert cycles_of(graph, node, folded.foldings[node.name], (64, 64)) == fastest


def test_bad_budgets_and_sizes_are_named() -> None:
    graph = analysis_graph()
    with pytest.raises(ValueError, match="must be positive, not -1"):
        fold(graph, 64, 64, cycles_per_pixel=-1)
    with pytest.raises(ValueError, match="multiples of 16, not 60x64"):
        fold(graph, 60, 64)
    with pytest.raises(ValueError, match="family must be one of xc7.*not 'ice40'"):
        fold(graph, 64, 64, family="ice40")


def test_foldings_by_hand_are_kept_and_checked() -> None:
    graph = analysis_graph(8, 12)
    folded = fold(graph, 64, 64, given={"first": Folding(2, 3), "first.out": Folding(4, 4)})
    assert (folded.foldings["first"], folded.foldings["first.out"]) == (Folding(2, 3), Folding(4, 4))
    with pytest.raises(ValueError, match=r"first: pe must be one of 1, 2, 4, 8 and simd one of 1, 3, not 3 and 2"):
        fold(graph, 64, 64, given={"first": Folding(3, 2)})
    with pytest.raises(ValueError, match=r"first.out: pe and simd must be equal and one of 1, 2, 4, 8, not 2 and 4"):
        fold(graph, 64, 64, given={"first.out": Folding(2, 4)})
    with pytest.raises(ValueError, match=r"must be given for one of first, first.out.*not 'second'"):
        fold(graph, 64, 64, given={"second": Folding(1, 1)})


def test_every_node_needs_a_folding() -> None:
    graph = analysis_graph()
    with pytest.raises(ValueError, match="'first' has none"):
        FoldedGraph(graph, {}, 16, 16)


def test_a_design_meets_its_rate_and_fits() -> None:
    graph = analysis_graph(8, 12)
    request = Request(find_target("zcu102"), 200.0, 1000.0)
    design = design_for(graph, 64, 64, request)
    assert design.fps >= 1000
    assert design.cycles == max(node.cycles for node in design.prediction.nodes) <= 200_000
    assert design.fits and max(design.shares.values()) < 1
    assert set(design.areas) == {node.name for node in graph.nodes} | {STREAMS}


def test_a_rate_that_no_folding_reaches_is_refused_with_the_fastest() -> None:
    graph = analysis_graph(8, 12)
    request = Request(find_target("zcu102"), 200.0, 1e6)
    with pytest.raises(
        ImpossibleTarget, match=r"first at its largest folding \(PE 8, SIMD 3, rows 9\) takes"
    ) as caught:
        design_for(graph, 64, 64, request)
    best = caught.value.best
    assert best is not None and best.fits
    assert best.cycles == Candidates.of(graph, 64, 64).fastest
    assert f"the best that fits is {best.fps:.1f} pictures per second" in str(caught.value)


@pytest.mark.slow
def test_a_target_that_is_too_small_is_refused_with_the_best_that_fits() -> None:
    graph = synthesis_graph(16, 24)
    request = Request(find_target("ecp5-45"), 100.0, 5500.0)
    with pytest.raises(ImpossibleTarget, match="of the LUTs.*; the best that fits is") as caught:
        design_for(graph, 8, 8, request)
    best = caught.value.best
    assert best is not None and best.fits and best.fps < 5500
    slower = design_for(graph, 8, 8, Request(request.target, 100.0, best.fps))
    assert slower.fits
    with pytest.raises(ImpossibleTarget):
        design_for(graph, 8, 8, Request(request.target, 100.0, best.fps * 1.01))


@pytest.mark.parametrize("value", [0.0, -30.0, float("nan"), float("inf")])
def test_rates_and_clocks_must_be_positive(value: float) -> None:
    with pytest.raises(ValueError, match="pictures per second must be positive"):
        Request(find_target("zcu102"), 200.0, value)
    with pytest.raises(ValueError, match="clock in MHz must be positive"):
        Request(find_target("zcu102"), value)


def test_without_a_rate_a_pixel_has_a_default_of_cycles() -> None:
    graph = synthesis_graph()
    folded = fold(graph, 4, 4)
    assert max(node.cycles for node in predict(folded, 4, 4).nodes) <= CYCLES_PER_PIXEL * 64 * 64


def test_prediction_is_bounded_by_the_slowest_node() -> None:
    folded = fold(analysis_graph(), 64, 64)
    prediction = predict(folded, 64, 64)
    slowest = max(node.cycles for node in prediction.nodes)
    assert prediction.total == prediction.fill + slowest
    assert slowest < prediction.total < 2 * slowest
    assert {node.name for node in prediction.nodes if node.utilization == 1} == {prediction.slowest}


def test_targets_are_found_by_name() -> None:
    assert find_target("kv260").part.startswith("xck26")
    for target in TARGETS.values():
        assert target.lookup_tables > 10_000 and target.block_rams * target.block_ram_bits > 10**6
    with pytest.raises(ValueError, match="zcu102.*not 'zx81'"):
        find_target("zx81")

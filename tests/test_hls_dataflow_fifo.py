"""FIFO depths follow from reaches: dominators, places and counts on graphs small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hls.dataflow.fifo import dominators, fifo_depths, must_leave
from hls.dataflow.folded import FoldedGraph
from hls.fold.folding import fold
from ops import Add, Fixed, Folding, Graph, GraphBuilder, Requant, ShiftConv2d, Square, SumPool2d, TensorType
from sample_graphs import analysis_graph, synthesis_graph

CHANNELS = 2


def skip_graph(kernel: int) -> Graph:
    """A convolution beside a direct connection."""
    builder = GraphBuilder("skip", "x", TensorType.of_format(CHANNELS, Fixed(8, 0)))
    terms = np.ones((1, CHANNELS, CHANNELS, kernel, kernel), int)
    builder.add("conv", ShiftConv2d(terms, np.zeros(CHANNELS, int)), "x")
    builder.add("narrow", Requant(0, 8), "conv")
    builder.add("sum", Add(), "narrow", "x")
    return builder.build("sum")


def folded_skip(kernel: int, height: int = 16, width: int = 16) -> FoldedGraph:
    graph = skip_graph(kernel)
    return FoldedGraph(graph, {node.name: Folding() for node in graph.nodes}, height, width)


def test_dominators_of_a_graph_with_nested_branches():
    chains = dominators(analysis_graph())
    assert chains["sapm1.branches"][-2:] == ("gdn1.out", "sapm1.branches")
    assert chains["sapm1.sum"][-2:] == ("gdn1.out", "sapm1.sum")
    assert chains["gdn1.normalize"][-2:] == ("first.out", "gdn1.normalize")
    assert chains["latents"][-2:] == ("sapm2.sum", "latents")


def test_elementwise_modules_hold_nothing_and_windows_hold_rows():
    square = Square().hardware(
        (TensorType.of_format(2, Fixed(8, 0)),), TensorType.of_format(2, Fixed(15, 0)), Folding()
    )
    assert list(must_leave(square, 2, 2)) == [1, 2, 3, 4]
    conv = folded_skip(3).hardware(folded_skip(3).graph.nodes[0])
    leave = must_leave(conv, 8, 4)
    # Rows 0 to 2 enter before the first output row leaves: the window reaches row 1, one more row is stored.
    assert leave[11] == 0
    assert leave[12] == 4


def test_skip_connection_waits_for_the_rows_below_the_centre():
    depths = fifo_depths(folded_skip(5))
    # Row 2 must have come whole before the first output leaves: three rows of 16 pixels of two beats.
    assert depths["sum", 1] >= 3 * 16 * CHANNELS
    assert depths["sum", 1] <= 4 * 16 * CHANNELS
    assert fifo_depths(folded_skip(1))["sum", 1] < 16 * CHANNELS  # by pixel: no row waits


@pytest.mark.parametrize(
    ("kernel", "narrow", "direct"),
    [
        (1, 5, 5),  # no row waits: what passes the array in the meantime does
        (3, 1, 33),  # two rows of 16, and the pixel that is taken
        (5, 1, 49),  # three
    ],
)
def test_depths_of_a_skip_connection_in_pixels(kernel: int, narrow: int, direct: int) -> None:
    depths = fifo_depths(folded_skip(kernel))
    assert depths == {("sum", 0): narrow * CHANNELS, ("sum", 1): direct * CHANNELS}


@pytest.mark.parametrize(("lanes", "pixels"), [(1, 3), (2, 3), (4, 4)])
def test_depths_are_in_beats_of_what_comes_before(lanes: int, pixels: int) -> None:
    """The input enters value by value, what an operation makes in its lanes."""
    builder = GraphBuilder("skip", "x", TensorType.of_format(4, Fixed(8, 0)))
    builder.add("narrow", Requant(0, 8), "x")
    graph = builder.build(builder.add("sum", Add(), "narrow", "x"))
    folded = FoldedGraph(graph, {node.name: Folding(lanes, lanes) for node in graph.nodes}, 16, 16)
    assert fifo_depths(folded) == {("sum", 0): pixels * 4 // lanes, ("sum", 1): pixels * 4}


def test_depth_grows_with_the_width_and_not_with_the_height():
    assert fifo_depths(folded_skip(3, 16, 32))["sum", 1] > 1.8 * fifo_depths(folded_skip(3, 16, 16))["sum", 1]
    assert fifo_depths(folded_skip(3, 64, 16)) == fifo_depths(folded_skip(3, 32, 16))


def test_fifos_lie_where_pixels_have_the_fewest_bits():
    depths = fifo_depths(fold(synthesis_graph(), 4, 4))
    assert ("sapm1.id", 0) in depths  # 10 bits a channel before it, 20 and four times the channels after it
    assert ("sapm1.shortcut", 0) in depths
    assert ("sapm1.sum", 1) not in depths


def ones(kernel: int) -> ShiftConv2d:
    """A convolution of stride 2 whose results are on the grid of the mean of a square."""
    terms = np.ones((1, CHANNELS, CHANNELS, kernel, kernel), int)
    return ShiftConv2d(terms, np.zeros(CHANNELS, int), stride=2, weight_frac=2)


@pytest.mark.parametrize(
    ("shortcut", "least", "most"), [(SumPool2d(2), 16, 48), (ones(2), 8, 16)], ids=["pool", "squares"]
)
def test_squares_wait_beside_a_window(shortcut, least, most):
    builder = GraphBuilder("squares", "x", TensorType.of_format(CHANNELS, Fixed(8, 0)))
    builder.add("conv", ones(5), "x")
    builder.add("mean", shortcut, "x")
    builder.add("sum", Add(), "conv", "mean")
    graph = builder.build("sum")
    depths = fifo_depths(FoldedGraph(graph, {node.name: Folding() for node in graph.nodes}, 32, 32))
    # One row of 16 means comes before the first window, a part of the next while that row is worked off. Windows of
    # squares store two more rows by themselves: their results wait only where these would be full.
    assert least * CHANNELS <= depths["sum", 1] <= most * CHANNELS

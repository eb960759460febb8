"""What lies between layers of the HLS project, counted by hand: rows that wait at a join, depths of streams, forks."""

from __future__ import annotations

import numpy as np
import pytest

from hls.dataflow.folded import FoldedGraph, port_lanes
from hls.dataflow.prediction import input_interval
from hls.vitis.cpp import array_format
from hls.vitis.depths import join_depths
from hls.vitis.description import DEFAULT_DEPTH, FORK_LAYER, LANES_LAYER, ORDER_LAYER, PIPELINE_DEPTH
from hls.vitis.streams import LayerList
from hls.vitis.vectors import small_vector
from hls.vitis.words import weight_words
from ops import Add, Fixed, Folding, Graph, GraphBuilder, Requant, ShiftConv2d, TensorType
from sample_graphs import analysis_graph

CHANNELS, HEIGHT, WIDTH = 4, 8, 16


def convolution(kernel: int) -> ShiftConv2d:
    return ShiftConv2d(np.ones((1, CHANNELS, CHANNELS, kernel, kernel), int), np.zeros(CHANNELS, int), weight_frac=4)


def ways(*kernels: int) -> Graph:
    """A map of four channels, and as many results of convolutions of it added to it, one after the other."""
    builder = GraphBuilder("ways", "x", TensorType.of_format(CHANNELS, Fixed(8, 0)))
    total = "x"
    for index, kernel in enumerate(kernels):
        builder.add(f"conv{index}", convolution(kernel), "x")
        builder.add(f"narrow{index}", Requant(4, 8), f"conv{index}")
        total = builder.add(f"sum{index}", Add(), f"narrow{index}", total)
    return builder.build(total)


def folded(graph: Graph, folding: Folding, **others: Folding) -> FoldedGraph:
    return FoldedGraph(graph, {node.name: others.get(node.name, folding) for node in graph.nodes}, HEIGHT, WIDTH)


def streams_of(layers: LayerList) -> dict[str, tuple[int, int]]:
    """Lanes and depth of every stream, by name."""
    return {stream.name: (stream.lanes, stream.depth) for layer in layers.layers for stream in layer["streams"]}


def kinds_of(layers: LayerList) -> list[str]:
    return [str(layer["class_name"]) for layer in layers.layers]


@pytest.mark.parametrize(("kernel", "rows"), [(1, 2), (3, 3), (5, 4), (7, 5)])
def test_rows_from_the_centre_down_wait_and_the_one_that_is_written(kernel: int, rows: int) -> None:
    assert join_depths(folded(ways(kernel), Folding())) == {("sum0", 0): rows * WIDTH, ("sum0", 1): rows * WIDTH}


def test_fifos_are_as_deep_as_what_waits_in_beats_of_their_reader() -> None:
    narrow = Folding(2, 2)
    layers = LayerList(folded(ways(5), narrow))
    beats = 4 * WIDTH * CHANNELS // 2 + PIPELINE_DEPTH
    found = streams_of(layers)
    assert found["x_stream"] == (2, DEFAULT_DEPTH) and found["narrow0_stream"] == (2, beats)
    assert found["x_stream_copy0"] == (2, DEFAULT_DEPTH) and found["x_stream_rest0"] == (2, beats)
    assert kinds_of(layers).count(FORK_LAYER) == 1 and LANES_LAYER not in kinds_of(layers)


def test_a_change_of_lanes_lies_between_a_fork_and_its_fifo() -> None:
    layers = LayerList(folded(ways(5), Folding(2, 2), sum0=Folding(4, 4)))
    found = streams_of(layers)
    assert found["x_stream_rest0"] == (2, DEFAULT_DEPTH)
    assert found["x_stream_lanes1"] == found["narrow0_stream_lanes0"] == (4, 4 * WIDTH + PIPELINE_DEPTH)


def test_of_several_readers_the_last_has_its_fifo_behind_the_last_fork() -> None:
    """Three read the input: two convolutions, and a sum, which waits for the first of them."""
    layers = LayerList(folded(ways(5, 3), Folding(2, 2)))
    assert kinds_of(layers).count(FORK_LAYER) == 2
    found = streams_of(layers)
    depths = {name: depth for name, (_, depth) in found.items() if name.startswith("x_stream")}
    waiting = 4 * WIDTH * CHANNELS // 2 + PIPELINE_DEPTH
    assert sorted(depths.values()) == [*[DEFAULT_DEPTH] * 4, waiting]


def test_results_in_turns_are_put_in_order_where_a_pixel_takes_several() -> None:
    in_turn = {folding.pe: LayerList(folded(ways(3), Folding(2, 2), conv0=folding)) for folding in turns(2, 4)}
    assert ORDER_LAYER in kinds_of(in_turn[2]) and ORDER_LAYER not in kinds_of(in_turn[4])


def turns(*lanes: int) -> list[Folding]:
    return [Folding(count, 2, interleave=2) for count in lanes]


def test_words_are_cut_into_turns_the_last_filled_up_with_zeros() -> None:
    filters = np.arange(1, 7).reshape(2, 3, 1, 1)  # five of six lanes a turn would not come out even
    words = weight_words(filters, Folding(2, 3, interleave=4))
    assert words.tolist() == [[[1], [2]], [[3], [4]], [[5], [6]]]
    filters = np.arange(1, 6).reshape(1, 5, 1, 1)
    assert weight_words(filters, Folding(1, 5, interleave=2)).tolist() == [[[1], [2], [3]], [[4], [5], [0]]]


@pytest.mark.parametrize(
    ("kind", "lanes"),
    [
        (TensorType.of_format(3, Fixed(8, 8, signed=False)), 3),
        (TensorType.of_format(3, Fixed(8, 8)), 1),
        (TensorType.of_format(3, Fixed(9, 8, signed=False)), 1),
        (TensorType.of_format(4, Fixed(8, 8, signed=False)), 1),
    ],
)
def test_video_is_three_unsigned_bytes_a_pixel(kind: TensorType, lanes: int) -> None:
    assert port_lanes(kind) == lanes
    builder = GraphBuilder("passing", "x", kind)
    builder.add("narrow", Requant(0, 8), "x")
    graph = builder.build("narrow")
    assert input_interval(FoldedGraph(graph, {"narrow": Folding()}, 4, 4)) == (1 if lanes == 3 else kind.channels)


@pytest.mark.parametrize(
    ("values", "width", "is_signed"), [([0, 0], 1, False), ([-1], 1, True), ([-4, 3], 3, True), ([5], 3, False)]
)
def test_arrays_have_the_narrowest_format(values: list[int], width: int, is_signed: bool) -> None:
    found = array_format(np.array(values))
    assert (found.width, found.signed) == (width, is_signed)


def test_the_vector_of_a_project_reaches_both_ends_of_its_input() -> None:
    graph = analysis_graph()
    picture, result = small_vector(FoldedGraph(graph, {node.name: Folding() for node in graph.nodes}, 64, 64))
    assert (picture.min(), picture.max(), picture.shape, result.shape[1:]) == (0, 255, (3, 32, 32), (2, 2))

"""What lies between layers of the HLS project, counted by hand: rows that wait at a join, depths of streams, forks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hls.dataflow.folded import FoldedGraph, port_lanes
from hls.dataflow.prediction import input_interval
from hls.vitis.cpp import array_format
from hls.vitis.depths import join_depths
from hls.vitis.description import DEFAULT_DEPTH, FORK_LAYER, LANES_LAYER, ORDER_LAYER, PIPELINE_DEPTH
from hls.vitis.streams import LayerList
from hls.vitis.vectors import small_vector, write_vectors
from hls.vitis.words import array_words, weight_words
from ops import Add, Fixed, Folding, Graph, GraphBuilder, L1Conv2d, Requant, ShiftConv2d, TensorType
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
    assert (layers.input_layer, layers.output_layer) == ("x_stream", "sum0")


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


def test_before_a_fork_nothing_waits() -> None:
    """Even where the first reader is the join that a map reaches at once."""
    builder = GraphBuilder("doubled", "x", TensorType.of_format(CHANNELS, Fixed(8, 0)))
    layers = LayerList(folded(builder.build(builder.add("sum", Add(), "x", "x")), Folding(2, 2)))
    beats = 2 * WIDTH * CHANNELS // 2 + PIPELINE_DEPTH
    depths = {name: depth for name, (_, depth) in streams_of(layers).items() if name.startswith("x_stream")}
    assert depths == {"x_stream": DEFAULT_DEPTH, "x_stream_copy0": beats, "x_stream_rest0": beats}


@pytest.mark.parametrize(
    ("kind", "lanes"),
    [(TensorType.of_format(3, Fixed(8, 8, signed=False)), 3), (TensorType.of_format(3, Fixed(8, 8)), 1)],
)
def test_video_enters_in_whole_pixels_and_maps_as_their_reader_takes_them(kind: TensorType, lanes: int) -> None:
    builder = GraphBuilder("passing", "x", kind)
    builder.add("y", Requant(0, 8), "x")
    layers = LayerList(folded(builder.build("y"), Folding()))
    assert streams_of(layers)["x_stream"][0] == lanes
    assert layers.input_layer == "x_stream" and kinds_of(layers).count(LANES_LAYER) == int(lanes > 1)


def test_forks_and_lanes_have_no_weights() -> None:
    layers = LayerList(folded(ways(3), Folding(2, 2), sum0=Folding(4, 4)))
    arrays = {layer["class_name"]: part.arrays() for layer in layers.layers for part in layer["parts"]}
    assert arrays[FORK_LAYER] == arrays[LANES_LAYER] == {}
    assert sum(bool(found) for found in arrays.values()) == 1


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


def test_filters_are_words_of_weights_and_biases_a_group_a_row() -> None:
    terms = np.arange(1, 9, dtype=np.int8).reshape(2, 2, 2, 1, 1)
    words = array_words(ShiftConv2d(terms, np.array([7, 9])), Folding(1, 2))
    assert words["terms"].tolist() == [[[1, 5], [2, 6]], [[3, 7], [4, 8]]]  # of a lane both terms side by side
    assert words["bias"].tolist() == [[7], [9]]
    words = array_words(L1Conv2d(np.arange(4).reshape(2, 2, 1, 1), np.array([7, 9])), Folding(2, 1))
    assert words["weight"].tolist() == [[[0], [2]], [[1], [3]]] and words["bias"].tolist() == [[7, 9]]


def test_vectors_have_rows_columns_and_channels_fastest(tmp_path: Path) -> None:
    first, second = np.arange(12).reshape(2, 2, 3), np.arange(6).reshape(1, 3, 2)
    write_vectors(tmp_path / "vectors", [(first, second), (second, first)])
    lines = ["2 3 0 6 1 7 2 8 3 9 4 10 5 11", "3 2 0 1 2 3 4 5"]
    for name, expected in (("tb_input_features.dat", lines), ("tb_output_predictions.dat", lines[::-1])):
        assert (tmp_path / "vectors" / name).read_text().splitlines() == expected


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

"""When pixels leave their modules, and what a picture takes, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hls.dataflow.folded import FoldedGraph
from hls.dataflow.prediction import predict
from hls.dataflow.times import departures, spaced
from ops import Fixed, Folding, GraphBuilder, Square, TensorType

HEIGHT, WIDTH, CHANNELS = 4, 6, 4
PIXELS = HEIGHT * WIDTH


@pytest.mark.parametrize(
    ("arrivals", "interval", "times"),
    [
        ([0, 0, 0], 2, [2, 4, 6]),
        ([0, 10, 10], 2, [2, 12, 14]),
        ([5, 0, 0, 20], 1, [6, 7, 8, 21]),
        ([1, 1], 0.5, [1.5, 2]),
    ],
)
def test_nothing_leaves_before_it_comes_nor_faster_than_it_is_worked_off(
    arrivals: list[float], interval: float, times: list[float]
) -> None:
    np.testing.assert_allclose(spaced(np.array(arrivals, float), interval), times)


def latency(graph: FoldedGraph) -> int:
    return graph.hardware(graph.graph.nodes[0]).latency


def folded(lanes: int) -> FoldedGraph:
    builder = GraphBuilder("squares", "x", TensorType.of_format(CHANNELS, Fixed(8, 0)))
    builder.add("y", Square(), "x")
    return FoldedGraph(builder.build("y"), {"y": Folding(lanes, lanes)}, HEIGHT, WIDTH)


@pytest.mark.parametrize("lanes", [1, 4])
def test_pixels_leave_after_the_latency_as_their_beats_do(lanes: int) -> None:
    graph = folded(lanes)
    arrivals = np.arange(1, PIXELS + 1) * 5.0
    found = departures([arrivals], graph.hardware(graph.graph.nodes[0]), HEIGHT, WIDTH, PIXELS)
    np.testing.assert_allclose(found, arrivals + latency(graph) + CHANNELS // lanes)


@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_values_pass_the_ports_one_a_cycle(lanes: int) -> None:
    """However fast the squares are: four cycles a pixel in, the square of the last one, and its four values out."""
    graph, beats = folded(lanes), CHANNELS // lanes
    found = predict(graph, HEIGHT, WIDTH)
    total = CHANNELS * PIXELS + latency(graph) + beats + CHANNELS
    assert (found.total, found.fill, found.cycles_per_pixel) == (total, total - beats * PIXELS, beats)


def test_video_enters_a_pixel_a_cycle_and_its_squares_leave_in_three() -> None:
    builder = GraphBuilder("squares", "x", TensorType.of_format(3, Fixed(8, 8, signed=False)))
    builder.add("y", Square(), "x")
    graph = FoldedGraph(builder.build("y"), {"y": Folding(3, 3)}, HEIGHT, WIDTH)
    assert predict(graph, HEIGHT, WIDTH).total == 1 + latency(graph) + 1 + 3 * PIXELS

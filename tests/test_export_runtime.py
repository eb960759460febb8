"""ONNX Runtime and the golden model agree in every tensor of graphs of the shape of the codec."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from export import save
from export.functions import library
from export.runtime import OnnxEvaluator
from model.configuration import PRESETS
from model.lowering import QuantizedCodec
from ops import DepthToSpace, Graph, GraphBuilder
from sample_codecs import lively_codec, pictures
from sample_graphs import PIXELS, RandomLayers, analysis_graph, synthesis_graph

GRAPHS = {"analysis": analysis_graph(), "synthesis": synthesis_graph()}
SQUARES = {"squares": analysis_graph(squares=True, bits=12)}


@pytest.fixture(scope="module", params=sorted(GRAPHS | SQUARES))
def evaluator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OnnxEvaluator:
    path = tmp_path_factory.mktemp("onnx") / f"{request.param}.onnx"
    save((GRAPHS | SQUARES)[request.param], path)
    return OnnxEvaluator(path)


def random_input(graph: Graph, height: int, width: int) -> np.ndarray:
    kind = graph.input_type
    size = height * graph.granularity, width * graph.granularity
    return np.random.default_rng(height).integers(kind.low, kind.high + 1, (kind.channels, *size))


@pytest.mark.parametrize("size", [(1, 1), (3, 5)])
def test_every_tensor_is_golden(evaluator: OnnxEvaluator, size: tuple[int, int]) -> None:
    x = random_input(evaluator.graph, *size)
    tensors = list(evaluator(x))
    golden = list(evaluator.graph.evaluate(x))
    assert [name for name, _ in tensors] == [name for name, _ in golden]
    for (name, found), (_, expected) in zip(tensors, golden, strict=True):
        np.testing.assert_array_equal(found, expected, err_msg=name, strict=True)


def test_result_alone_is_golden(evaluator: OnnxEvaluator) -> None:
    x = random_input(evaluator.graph, 2, 3)
    np.testing.assert_array_equal(evaluator.run(x), evaluator.graph(x), strict=True)


def test_bad_inputs_are_refused(evaluator: OnnxEvaluator) -> None:
    x = random_input(evaluator.graph, 2, 2)
    with pytest.raises(ValueError, match="takes an array of shape"):
        evaluator.run(x[:2])
    with pytest.raises(ValueError, match="takes integers in"):
        evaluator.run(x + 1000)


@pytest.mark.parametrize("branches", ["shift", "adder", "convolution"])
@pytest.mark.parametrize("transform", sorted(GRAPHS))
def test_lowered_ablations_and_the_twin_are_golden(branches: str, transform: str, tmp_path: Path) -> None:
    codec = lively_codec(replace(PRESETS["tiny"], branches=branches))
    graph = QuantizedCodec.calibrate(codec, pictures()).graph(transform)
    save(graph, tmp_path / "graph.onnx")
    evaluator = OnnxEvaluator(tmp_path / "graph.onnx")
    assert evaluator.graph.fingerprint() == graph.fingerprint()
    x = random_input(graph, 2, 3)
    for (name, found), (_, expected) in zip(evaluator(x), graph.evaluate(x), strict=True):
        np.testing.assert_array_equal(found, expected, err_msg=name, strict=True)


def test_sizes_off_the_granularity_are_refused(tmp_path: Path) -> None:
    save(GRAPHS["analysis"], tmp_path / "a.onnx")
    with pytest.raises(ValueError, match="positive multiples of 16, not 17x16"):
        OnnxEvaluator(tmp_path / "a.onnx").run(np.zeros((3, 17, 16), np.int64))


def adders_of_two_sizes(up: bool) -> Graph:
    """Two adder layers and two normalizations of as many channels; the map between them grows or shrinks."""
    builder = GraphBuilder("two_sizes", "pixels", PIXELS)
    layers = RandomLayers(builder, 5)
    first = layers.requant("first.out", layers.adder("first", "pixels", 8, 3, stride=1 if up else 2))
    normal = layers.gdn("first.gdn", first, inverse=up)
    wide = layers.requant("wide.out", layers.shift("wide", normal, 32 if up else 8, 1))
    between = builder.add("between", DepthToSpace(2), wide) if up else wide
    second = layers.requant("second.out", layers.adder("second", between, 8, 3, stride=1 if up else 2))
    return builder.build(layers.gdn("second.gdn", second, inverse=up))


@pytest.mark.parametrize("up", [False, True])
def test_a_stock_session_with_default_options_keeps_maps_of_two_sizes_apart(up: bool, tmp_path: Path) -> None:
    graph = adders_of_two_sizes(up)
    save(graph, tmp_path / "graph.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "graph.onnx", providers=["CPUExecutionProvider"])
    for size in ((2, 3), (5, 4)):
        x = random_input(graph, *size)
        (found,) = session.run(None, {"pixels": x[None]})
        np.testing.assert_array_equal(found[0], graph(x))


@pytest.mark.parametrize("name", sorted(library()))
def test_bodies_name_no_size(name: str) -> None:
    """ONNX Runtime takes sizes of one name in two calls of a function for one size, and gives both one buffer."""
    graphs = [field.g for node in library()[name].node for field in node.attribute if field.HasField("g")]
    infos = [info for graph in graphs for info in (*graph.input, *graph.output, *graph.value_info)]
    assert not [dim.dim_param for info in infos for dim in info.type.tensor_type.shape.dim if dim.dim_param]

"""A saved graph comes back equal; a file with anything wrong in it is refused in one line that says what."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from export import ModelFileError, load, save
from export.to_model import to_model
from ops import Graph
from sample_graphs import analysis_graph, synthesis_graph

GRAPH = analysis_graph()


def refused(path: Path) -> str:
    """The message with which the file at `path` is refused."""
    with pytest.raises(ModelFileError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ") and "\n" not in message
    return message


def node(model: onnx.ModelProto, kind: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == kind)


def information(model: onnx.ModelProto, name: str) -> onnx.ValueInfoProto:
    return next(
        info for info in (*model.graph.input, *model.graph.value_info, *model.graph.output) if info.name == name
    )


def set_metadata(entries: onnx.ModelProto | onnx.ValueInfoProto, key: str, value: str) -> None:
    next(entry for entry in entries.metadata_props if entry.key == f"sapm.{key}").value = value


def without(items: list[object], name: str) -> None:
    """Remove the item called `name` from a repeated field."""
    index = next(index for index, item in enumerate(items) if item.name == name)  # type: ignore[attr-defined]
    del items[index]


@pytest.mark.parametrize(
    "graph",
    [analysis_graph(), synthesis_graph(), analysis_graph(2, 3, seed=9), analysis_graph(squares=True, bits=12)],
    ids=lambda g: g.name,
)
def test_round_trip_gives_an_equal_graph(graph: Graph, tmp_path: Path) -> None:
    save(graph, tmp_path / "graph.onnx")
    loaded = load(tmp_path / "graph.onnx")
    assert loaded == graph and loaded.fingerprint() == graph.fingerprint()
    assert [node.name for node in loaded.nodes] == [node.name for node in graph.nodes]
    assert loaded.types == graph.types
    assert [path.name for path in tmp_path.iterdir()] == ["graph.onnx"]


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(analysis_graph(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_formats_lie_beside_every_tensor() -> None:
    model = to_model(GRAPH)
    for name, kind in GRAPH.types.items():
        metadata = {entry.key: entry.value for entry in information(model, name).metadata_props}
        assert metadata["sapm.format"] == str(kind.fixed)
    size = [side.dim_param for side in information(model, "latents").type.tensor_type.shape.dim[2:]]
    assert size == ["height/16", "width/16"]


def other_domain(model: onnx.ModelProto) -> None:
    node(model, "Square").domain = "com.example"


def unknown_operation(model: onnx.ModelProto) -> None:
    node(model, "Square").op_type = "Cube"


def missing_weight(model: onnx.ModelProto) -> None:
    without(model.graph.initializer, "first.terms")


def stray_weight(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(GRAPH.nodes[0].operation.bias, "stray"))  # type: ignore[attr-defined]


def weight_of_another_type(model: onnx.ModelProto) -> None:
    array = next(array for array in model.graph.initializer if array.name == "first.terms")
    array.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(array).astype("float32"), "first.terms"))


def weight_of_another_size(model: onnx.ModelProto) -> None:
    next(array for array in model.graph.initializer if array.name == "first.terms").dims[0] += 1


def weight_elsewhere(model: onnx.ModelProto) -> None:
    array = next(array for array in model.graph.initializer if array.name == "first.terms")
    array.data_location = onnx.TensorProto.EXTERNAL


def changed_weight(model: onnx.ModelProto) -> None:
    array = next(array for array in model.graph.initializer if array.name == "sapm1.shift.terms")
    values = numpy_helper.to_array(array).copy()
    values.flat[values.argmax()] -= 1
    array.CopyFrom(numpy_helper.from_array(values, array.name))


def missing_attribute(model: onnx.ModelProto) -> None:
    without(node(model, "Requant").attribute, "shift")


def extra_attribute(model: onnx.ModelProto) -> None:
    node(model, "Requant").attribute.append(helper.make_attribute("zero_point", 3))


def real_attribute(model: onnx.ModelProto) -> None:
    without(node(model, "Requant").attribute, "shift")
    node(model, "Requant").attribute.append(helper.make_attribute("shift", 1.5))


def attribute_out_of_range(model: onnx.ModelProto) -> None:
    next(attribute for attribute in node(model, "Requant").attribute if attribute.name == "width").i = 99


def narrow_accumulator(model: onnx.ModelProto) -> None:
    set_metadata(information(model, "first"), "format", "s12.14")


def format_of_another_point(model: onnx.ModelProto) -> None:
    fixed = GRAPH.types["first"].fixed
    set_metadata(information(model, "first"), "format", f"s{fixed.width}.{fixed.frac + 1}")


def unreadable_format(model: onnx.ModelProto) -> None:
    set_metadata(information(model, "first"), "format", "float32")


def unreadable_input_range(model: onnx.ModelProto) -> None:
    set_metadata(information(model, "pixels"), "low", "none")


def missing_format(model: onnx.ModelProto) -> None:
    without(model.graph.value_info, "first")


def wrong_fingerprint(model: onnx.ModelProto) -> None:
    set_metadata(model, "fingerprint", "00" * 32)


def future_version(model: onnx.ModelProto) -> None:
    set_metadata(model, "format_version", "7")


def no_metadata(model: onnx.ModelProto) -> None:
    del model.metadata_props[:]


def missing_body(model: onnx.ModelProto) -> None:
    without(model.functions, "SquareRoot")


def wrong_wiring(model: onnx.ModelProto) -> None:
    node(model, "Square").input[0] = "latents"


def missing_input(model: onnx.ModelProto) -> None:
    del node(model, "Add").input[1]


def other_output_name(model: onnx.ModelProto) -> None:
    node(model, "Square").output[0] = "elsewhere"


def real_pixels(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.FLOAT


def two_outputs(model: onnx.ModelProto) -> None:
    model.graph.output.append(information(model, "first"))


def broken_standard_import(model: onnx.ModelProto) -> None:
    del model.opset_import[:]


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (other_domain, "node 'gdn1.square': domain must be 'sapm', not 'com.example'"),
        (unknown_operation, "node 'gdn1.square': operation must be one of Add, DepthToSpace, .*, not 'Cube'"),
        (missing_weight, "node 'first': weight 'terms' is missing: the file has no initializer 'first.terms'"),
        (stray_weight, "initializer 'stray' belongs to no node"),
        (weight_of_another_type, "node 'first': weight 'terms' must be int8, not float32"),
        (weight_of_another_size, "node 'first': weight 'terms' has a shape that its data does not fill"),
        (weight_elsewhere, "node 'first': weight 'terms' must lie inside the file"),
        (changed_weight, "(fingerprint is|must be|cannot hold)"),
        (missing_attribute, "node 'first.out': attribute 'shift' of Requant is missing"),
        (extra_attribute, "node 'first.out': attributes of Requant are shift, signed, width, not 'zero_point'"),
        (real_attribute, "node 'first.out': attribute 'shift' must be an integer"),
        (attribute_out_of_range, "node 'first.out': width must be between 1 and 48 bits, not 99"),
        (narrow_accumulator, r"tensor 'first': stored s12.14 cannot hold \[-\d+, \d+\], needs s\d+.14"),
        (format_of_another_point, r"tensor 'first': format must be s\d+.14, not 's\d+.15'"),
        (unreadable_format, "tensor 'first': format must look like s12.4 or u8.8, not 'float32'"),
        (unreadable_input_range, "tensor 'pixels': invalid literal"),
        (missing_format, "tensor 'first': its format is missing"),
        (wrong_fingerprint, "fingerprint is '0000000000000000'.., its operations and weights have '"),
        (future_version, "sapm.format_version must be between 1 and 1, not '7'"),
        (no_metadata, "has no metadata 'sapm.format_version'"),
        (missing_body, "function body sapm.SquareRoot is missing"),
        (wrong_wiring, "node 'gdn1.square': input 'latents' comes from no earlier node"),
        (missing_input, "Add must have 2 inputs, not 1"),
        (other_output_name, "node 'gdn1.square': its output must have its name, not \\['elsewhere'\\]"),
        (real_pixels, r"tensor 'pixels' must be int64 of shape \(1, channels, height, width\)"),
        (two_outputs, "must have 1 input and 1 output, not 1 and 2"),
        (broken_standard_import, "opset_import must have 2 entries, not 0"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_bad_file_is_refused(break_it: Callable[[onnx.ModelProto], None], words: str, tmp_path: Path) -> None:
    model = to_model(GRAPH)
    break_it(model)
    path = tmp_path / "bad.onnx"
    path.write_bytes(model.SerializeToString())
    message = refused(path)
    assert re.search(words, message), message


def test_truncated_files_are_refused(tmp_path: Path) -> None:
    data = to_model(GRAPH).SerializeToString()
    path = tmp_path / "cut.onnx"
    for length in range(0, len(data), 97):
        path.write_bytes(data[:length])
        refused(path)


def test_damaged_files_are_refused_or_the_same_graph(tmp_path: Path) -> None:
    """Damage to a comment or a unit's name may go unseen; to the graph, never."""
    rng = np.random.default_rng(0)
    graph = analysis_graph(2, 3)
    data = np.frombuffer(to_model(graph).SerializeToString(), np.uint8)
    path = tmp_path / "damaged.onnx"
    for _ in range(400):
        damaged = data.copy()
        damaged[rng.integers(0, len(data))] ^= 1 << int(rng.integers(0, 8))
        path.write_bytes(damaged.tobytes())
        try:
            assert load(path).fingerprint() == graph.fingerprint()
        except ModelFileError as error:
            assert "\n" not in str(error)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "note.onnx"
    path.write_bytes(b"no model at all\n" * 9)
    assert "is not an ONNX file, or it is truncated" in refused(path)
    assert "No such file" in refused(tmp_path / "nowhere.onnx")
    assert "Is a directory" in refused(tmp_path)


def test_ordinary_onnx_model_is_refused(tmp_path: Path) -> None:
    value = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "relu", value[:1], value[1:])
    onnx.save(helper.make_model(graph), tmp_path / "relu.onnx")
    assert "not a model of domain 'sapm'" in refused(tmp_path / "relu.onnx")

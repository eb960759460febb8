"""Model files from strangers: nothing in them but what is saved of a graph, so that nothing else is rendered or run."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import helper

from export import ModelFileError, load, save
from export.functions import OPSET
from export.to_model import IR_VERSION, to_model
from hls.fold.folding import fold
from hls.hls4ml.project import generate_hls
from hls.rtl import generate_rtl
from ops import REGISTRY, Graph
from sample_graphs import analysis_graph, synthesis_graph

CASES = Path(__file__).parents[2] / "shared" / "cases"
MARK = "hostilemark"
NAMES = (f'x\n$system("{MARK}");//', MARK)
GRAPH = analysis_graph(2, 3)


def refused(model: onnx.ModelProto, path: Path) -> str:
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError) as caught:
        load(path)
    assert str(caught.value).isprintable()
    return str(caught.value)


def strings(message: Any) -> Iterator[Callable[[str], None]]:
    """What sets each text in a message, or adds one; of repeated messages in the first and the last."""
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if hasattr(value, "add"):
            yield lambda _, value=value: value.add()
            for part in {0: value[0], len(value) - 1: value[-1]}.values() if value else ():
                yield from strings(part)
        elif hasattr(value, "append"):
            if field.type == field.TYPE_STRING:
                yield value.append
            if field.type == field.TYPE_STRING and value:
                yield lambda text, value=value: value.__setitem__(0, text)
        elif field.type == field.TYPE_STRING:
            yield lambda text, name=field.name: setattr(message, name, text)
        elif hasattr(value, "DESCRIPTOR") and message.HasField(field.name):
            yield from strings(value)


def renamed(old: str, new: str) -> onnx.ModelProto:
    """A model in which a graph or tensor has another name wherever it is named, with the right fingerprint."""
    nodes = [(n.name, n.operation, n.inputs) for n in GRAPH.nodes]
    graph = Graph.__new__(Graph)
    swap = lambda name: new if name == old else name  # noqa: E731
    fields = {"name": swap(GRAPH.name), "input_name": swap(GRAPH.input_name), "input_type": GRAPH.input_type}
    node_type = type(GRAPH.nodes[0])
    fields["nodes"] = tuple(node_type(swap(n), op, tuple(map(swap, inputs))) for n, op, inputs in nodes)
    fields |= {"output_name": swap(GRAPH.output_name), "types": {swap(n): t for n, t in GRAPH.types.items()}}
    for name, value in fields.items():
        object.__setattr__(graph, name, value)
    return to_model(graph)


@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_a_file_may_be_another(name: str, tmp_path: Path) -> None:
    """One place at a time, whatever it is: names, comments, metadata, producer, texts in function bodies."""
    count = sum(1 for _ in strings(to_model(GRAPH)))
    assert count > 200
    for index in range(count):
        model = to_model(GRAPH)
        list(strings(model))[index](name)
        refused(model, tmp_path / "model.onnx")


@pytest.mark.parametrize("old", [GRAPH.name, *GRAPH.types])
def test_no_name_in_all_its_places_may_be_hostile(old: str, tmp_path: Path) -> None:
    assert "a name must be lower-case words" in refused(renamed(old, NAMES[0]), tmp_path / "model.onnx")


@pytest.mark.parametrize("old", [GRAPH.name, GRAPH.input_name, "first", "gdn1.square", GRAPH.output_name])
def test_a_name_that_is_rendered_is_in_the_fingerprint(old: str, tmp_path: Path) -> None:
    model = renamed(old, MARK)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    graph = load(path)
    folded = fold(graph, 16, 16)
    generate_rtl(folded, tmp_path / "rtl")
    generate_hls(folded, tmp_path / "hls", "xczu7ev", 5.0)
    files = [file for folder in ("rtl", "hls") for file in (tmp_path / folder).rglob("*") if file.is_file()]
    assert any(MARK in file.read_text(errors="replace") for file in files)
    (fingerprint,) = (entry for entry in model.metadata_props if entry.key == "sapm.fingerprint")
    assert fingerprint.value != GRAPH.fingerprint().hex()
    fingerprint.value = GRAPH.fingerprint().hex()
    assert "fingerprint is" in refused(model, path)


def extra_constant(body: onnx.FunctionProto) -> None:
    body.node.append(helper.make_node("Constant", [], ["unused"], value_int=1))


def other_operation(body: onnx.FunctionProto) -> None:
    body.node[-1].op_type = "Neg"


def other_attribute(body: onnx.FunctionProto) -> None:
    body.node[0].attribute[0].i += 1


def endless_loop(body: onnx.FunctionProto) -> None:
    loop = onnx.parser.parse_graph("endless (int64 i, bool go) => (bool on) { on = Identity (go) }")
    always = helper.make_node("Constant", [], ["always"], value=helper.make_tensor("t", onnx.TensorProto.BOOL, [], [1]))
    body.node.extend([always, helper.make_node("Loop", ["", "always"], [], body=loop)])


CHANGES = [extra_constant, other_operation, other_attribute, endless_loop]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_every_function_body_must_be_ours(change: Callable[[onnx.FunctionProto], None], tmp_path: Path) -> None:
    names = set()
    for graph in (GRAPH, synthesis_graph(2, 3)):
        for index, body in enumerate(to_model(graph).functions):
            if change is other_attribute and not body.node[0].attribute:
                continue
            model = to_model(graph)
            change(model.functions[index])
            message = refused(model, tmp_path / "model.onnx")
            assert f"function body 'sapm.{body.name}' must be ours" in message
            names.add(body.name)
    assert set(REGISTRY) - {"Square"} <= names | ({"InverseGdnNormalize"} if change is other_attribute else set())


def test_every_function_body_must_be_there_once(tmp_path: Path) -> None:
    for index in range(len(to_model(GRAPH).functions)):
        for altered in (False, True):
            model = to_model(GRAPH)
            twin = model.functions.add()
            twin.CopyFrom(model.functions[index])
            if altered:
                extra_constant(twin)
            assert "and there once" in refused(model, tmp_path / "model.onnx")


def test_bodies_of_other_domains_and_of_unused_operations_are_refused(tmp_path: Path) -> None:
    for domain, name in (("", "Add"), ("", "Mul"), ("other", "Square"), ("sapm", "InverseGdnNormalize")):
        model = to_model(GRAPH)
        body = model.functions.add()
        body.CopyFrom(model.functions[0])
        body.domain, body.name = domain, name
        assert f"function body '{domain}.{name}' must be ours" in refused(model, tmp_path / "model.onnx")


def test_rate_of_a_tensor_is_read_at_once(tmp_path: Path) -> None:
    for rate in ("1e999999999", "9" * 5000, "1/0", "-1", "\u0661"):
        model = to_model(GRAPH)
        next(entry for entry in model.graph.input[0].metadata_props if entry.key == "sapm.rate").value = rate
        assert "tensor 'pixels': " in refused(model, tmp_path / "model.onnx")


def test_what_never_ends_or_is_too_large_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.onnx")
    with (tmp_path / "sparse.onnx").open("wb") as file:
        file.truncate(2**31)
    for path, said in (
        (tmp_path / "fifo.onnx", "must be a regular file"),
        (tmp_path / "sparse.onnx", "at most 2147483647"),
    ):
        with pytest.raises(ModelFileError, match=said):
            load(path)
    with pytest.raises(ModelFileError, match="must be a regular file"):
        load(Path("/dev/zero"))


def test_files_need_no_newer_onnx_than_they_use(tmp_path: Path) -> None:
    """What ONNX Runtime 1.17 reads."""
    assert (IR_VERSION, OPSET) == (9, 19)
    save(GRAPH, tmp_path / "model.onnx")
    model = onnx.load(tmp_path / "model.onnx")
    imports = [model.opset_import, *(body.opset_import for body in model.functions)]
    assert {entry.version for opsets in imports for entry in opsets if not entry.domain} == {19}


@pytest.mark.skipif(not CASES.is_dir(), reason="shared/cases is not there")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("analysis-node-name-injects-verilog.onnx.gz", "a name must be lower-case words"),
        ("analysis-node-name-breaks-screen.onnx.gz", "a name must be lower-case words"),
        ("onnx-function-body-altered.onnx.gz", "function body"),
        ("onnx-endless-loop-in-function-body.onnx.gz", "function body"),
    ],
)
def test_cases_are_refused(name: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "case.onnx"
    path.write_bytes(gzip.decompress((CASES / name).read_bytes()))
    with pytest.raises(ModelFileError, match=words) as caught:
        load(path)
    assert str(caught.value).isprintable()

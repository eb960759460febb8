"""Every primitive's ONNX function, executed by stock ONNX Runtime, computes what its golden semantics compute."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from export.functions import DOMAIN, OPSET, bodies, library
from export.to_model import IR_VERSION
from ops import REGISTRY, Example, IntegerArray
from ops.naming import snake_case

EXAMPLES = [example for kind in REGISTRY.values() for example in kind.examples()]


def run_alone(example: Example) -> IntegerArray:
    """The result of a model that holds this one operation."""
    operation = example.operation
    name = type(operation).__name__
    maps = [f"x{index}" for index in range(operation.arity)]
    fields = operation.array_fields()
    attributes = {field: int(getattr(operation, field)) for field in operation.attribute_fields()}
    graph = helper.make_graph(
        [helper.make_node(name, [*maps, *fields], ["y"], domain=DOMAIN, **attributes)],
        "alone",
        [helper.make_tensor_value_info(source, onnx.TensorProto.INT64, [1, None, "h", "w"]) for source in maps],
        [helper.make_tensor_value_info("y", onnx.TensorProto.INT64, [1, None, None, None])],
        [numpy_helper.from_array(getattr(operation, field), field) for field in fields],
    )
    versions = [helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1)]
    model = helper.make_model(graph, functions=bodies([name]), opset_imports=versions, ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = {source: array[None].astype(np.int64) for source, array in zip(maps, example.inputs, strict=True)}
    result: IntegerArray = session.run(["y"], feed)[0]
    assert result.shape[0] == 1
    return result[0]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_onnx_runtime_equals_golden(example: Example) -> None:
    np.testing.assert_array_equal(run_alone(example), example.operation.evaluate(*example.inputs), strict=True)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_signature_is_the_schema(name: str) -> None:
    kind, function = REGISTRY[name], library()[name]
    assert tuple(function.attribute) == kind.attribute_fields()
    assert tuple(function.input[kind.arity :]) == kind.array_fields()
    assert len(function.input) == kind.arity + len(kind.array_fields()) and len(function.output) == 1


@pytest.mark.parametrize("name", sorted(library()))
def test_bodies_use_integers_only(name: str) -> None:
    function = library()[name]
    assert function.domain == DOMAIN
    text = onnx.printer.to_text(function)
    assert not any(word in text for word in ("float", "double", "Sqrt", "Pow"))
    for node in function.node:
        assert node.domain in ("", DOMAIN)


def test_every_text_says_what_it_is() -> None:
    for name, kind in REGISTRY.items():
        text = (files(kind.__module__) / f"{snake_case(name)}.onnxtxt").read_text(encoding="utf-8")
        assert text.startswith(f"# {name}: ")


def test_bodies_bring_the_functions_that_they_call() -> None:
    assert [body.name for body in bodies(["L1Conv2d", "ShiftConv2d"])] == ["Windows", "L1Conv2d", "ShiftConv2d"]

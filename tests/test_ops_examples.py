"""Examples keep to their inferred types, and primitives are values: equal when their fields are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ops import REGISTRY, Example, Primitive

EXAMPLES = [example for kind in REGISTRY.values() for example in kind.examples()]


def changed(operation: Primitive, field: str) -> Primitive | None:
    """The operation with another value in one field, or None where the field allows no neighbour."""
    value = getattr(operation, field)
    for step in (1, -1, value):  # the last doubles it: a block or kernel may have to stay a power of two
        try:
            if isinstance(value, np.ndarray):
                other = value.copy()
                other.flat[0] += step if step in (1, -1) else 0
            else:
                other = value + step
            if not np.array_equal(other, value):
                return dataclasses.replace(operation, **{field: other})
        except (ValueError, OverflowError):
            continue
    return None


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_result_keeps_to_its_inferred_type(example: Example) -> None:
    result = example.operation.evaluate(*example.inputs)
    kind = example.output_type
    assert result.dtype == np.int64
    assert result.shape == (kind.channels, *example.operation.output_size(*example.inputs[0].shape[1:]))
    assert kind.low <= result.min() and result.max() <= kind.high
    assert kind.fixed.low <= kind.low and kind.high <= kind.fixed.high


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example_inputs_and_foldings_are_lawful(example: Example) -> None:
    assert len(example.inputs) == len(example.types) == example.operation.arity
    for kind, array in zip(example.types, example.inputs, strict=True):
        assert array.shape[0] == kind.channels
        assert kind.low <= array.min() and array.max() <= kind.high
    for folding in example.foldings:
        window = example.operation.window
        folding.check(example.output_type.channels, example.types[0].channels, window.size, window.by_pixel)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_evaluation_takes_any_integer_type_and_leaves_its_inputs(example: Example) -> None:
    inputs = [array.astype(np.int64) for array in example.inputs]
    result = example.operation.evaluate(*inputs)
    for before, after in zip(example.inputs, inputs, strict=True):
        assert np.array_equal(before, after)
    narrow = [array.astype(np.int32) if np.abs(array).max() < 2**31 else array for array in inputs]
    assert np.array_equal(example.operation.evaluate(*narrow), result)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_equality_follows_the_fields(example: Example) -> None:
    operation = example.operation
    twin = dataclasses.replace(operation)
    assert twin is not operation and twin == operation and hash(twin) == hash(operation)
    assert operation.digest() == twin.digest() and operation != "an operation"
    for field in operation.attribute_fields() + operation.array_fields():
        other = changed(operation, field)
        if other is not None:
            assert other != operation and other.digest() != operation.digest()


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_primitive_has_documented_examples(name: str) -> None:
    kind = REGISTRY[name]
    labels = [example.label for example in kind.examples()]
    assert labels and len(set(labels)) == len(labels)
    assert all(type(example.operation) is kind for example in kind.examples())
    assert kind.__doc__


def test_weights_cannot_be_written_to() -> None:
    for example in EXAMPLES:
        for field in example.operation.array_fields():
            with pytest.raises(ValueError, match="read-only"):
                getattr(example.operation, field).flat[0] = 1

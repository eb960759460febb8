"""Where one ONNX message differs from another: the path of the first field, in words for an error."""

from __future__ import annotations

from typing import Any

SHOWN = 60
"""Characters of a value that an error shows."""


def first_difference(found: Any, expected: Any, path: str = "") -> str:
    """Path of the first field in which `found` is not `expected`, with both values where they are short ones.

    Both are messages of one kind, and not equal.
    """
    for field in expected.DESCRIPTOR.fields:
        place = f"{path}.{field.name}" if path else field.name
        own, other = getattr(found, field.name), getattr(expected, field.name)
        if own == other:
            continue
        if hasattr(other, "add") or hasattr(other, "append"):
            return _in_repeated(own, other, place)
        return _between(own, other, place)
    return f"{path or 'the file'} must have known fields only"


def _in_repeated(found: Any, expected: Any, place: str) -> str:
    for index, (own, other) in enumerate(zip(found, expected, strict=False)):
        if own != other:
            return _between(own, other, f"{place}[{index}]")
    return f"{place} must have {len(expected)} entries, not {len(found)}"


def _between(found: Any, expected: Any, place: str) -> str:
    if hasattr(expected, "DESCRIPTOR"):
        return first_difference(found, expected, place)
    return f"{place} must be {repr(expected)[:SHOWN]}, not {repr(found)[:SHOWN]}"

"""JSON from elsewhere: read in one step, and every field checked for its kind before anything uses it."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ops.files.reading import read_regular

EVERY = "*"
"""Key of a form that stands for every key of an object."""

SHOWN = 60
"""Characters of a wrong value that an error shows."""


@dataclass(frozen=True)
class Kind:
    """What a field may be, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


def whole(low: int, high: int) -> Kind:
    """A whole number between two."""
    return Kind(f"a whole number from {low} to {high}", lambda value: type(value) is int and low <= value <= high)


def matching(words: str, pattern: str) -> Kind:
    """A text of a pattern."""
    return Kind(words, lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None)


def one_of(*choices: str) -> Kind:
    """One of several texts."""
    return Kind(f"one of {', '.join(choices)}", lambda value: isinstance(value, str) and value in choices)


def optional(kind: Kind) -> Kind:
    """That, or null."""
    return Kind(f"{kind.words}, or null", lambda value: value is None or kind.fits(value))


def _is_positive(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < 1e15 and math.isfinite(value)


TEXT = matching("a printable text of up to 200 characters", r"[^\x00-\x1f\x7f-\x9f]{0,200}")
BOOLEAN = Kind("true or false", lambda value: isinstance(value, bool))
POSITIVE = Kind("a positive number", _is_positive)
SHARE = Kind("a number from 0 to 1", lambda value: type(value) in (int, float) and 0 <= value <= 1)
RATE = Kind(
    "a positive ratio like 2 or 1/16",
    lambda value: (
        isinstance(value, str)
        and re.fullmatch(r"[0-9]{1,6}(/[1-9][0-9]{0,5})?", value) is not None
        and Fraction(value) > 0
    ),
)


def check_fields(value: Any, form: Any, place: str = "the file") -> None:
    """Raise ValueError, with the place, unless a value has a form: a Kind, a list of one form, or an object of forms.

    A list with entries of one form is written [form], and (form,) where it must not be empty.
    Objects must have every key of their form, and may have others; EVERY alone stands for whatever keys there are.
    """
    if isinstance(form, Kind):
        if not form.fits(value):
            raise ValueError(f"{place} must be {form.words}, not {repr(value)[:SHOWN]}")
    elif isinstance(form, list | tuple):
        if not isinstance(value, list) or (isinstance(form, tuple) and not value):
            raise ValueError(f"{place} must be a list with entries, not {repr(value)[:SHOWN]}")
        for index, entry in enumerate(value):
            check_fields(entry, form[0], f"{place}[{index}]")
    else:
        if not isinstance(value, dict):
            raise ValueError(f"{place} must be an object, not {repr(value)[:SHOWN]}")
        for key in value if EVERY in form else form:
            if key not in value:
                raise ValueError(f"{place} must have the field {key!r}, and has not")
            check_fields(value[key], form.get(EVERY, form.get(key)), f"{place}: {key[:SHOWN]!r}")


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises OSError, and ValueError for what is none."""
    try:
        return json.loads(read_regular(path))
    except RecursionError as error:
        raise ValueError("is nested too deep") from error


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file holds. Raises OSError, and ValueError, which names the file, for what is none."""
    try:
        return tomllib.loads(read_regular(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} must be TOML: {error}") from error
    except RecursionError as error:
        raise ValueError(f"{path} must be TOML: is nested too deep") from error

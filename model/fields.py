"""Fields of dataclasses from TOML tables and from command lines: described where they are declared, and typed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, field, fields
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Value = TypeVar("Value")

HELP = "help"


def described(default: Value, text: str) -> Value:
    """A field of a dataclass with a default and what it is, in words."""
    return field(default=default, metadata={HELP: text})  # type: ignore[no-any-return]


def descriptions(kind: type, defaults: Mapping[str, Any]) -> dict[str, str]:
    """What the fields of a dataclass are, with their defaults, of which some may be others."""
    texts = {}
    for one in fields(kind):
        value = defaults.get(one.name, one.default)
        default = ",".join(f"{part:g}" for part in value) if isinstance(value, tuple) else value
        shown = "" if default in (None, False, MISSING) else f"; default: {default}"
        texts[one.name] = f"{one.metadata.get(HELP, one.name.replace('_', ' '))}{shown}"
    return texts


def require_known(what: str, table: dict[str, Any], allowed: tuple[str, ...]) -> None:
    """Raise ValueError for a key that is not allowed."""
    for key in table:
        if key not in allowed:
            raise ValueError(f"fields of {what} must be among {', '.join(allowed)}, not {key!r}")


def fields_from(what: str, table: dict[str, Any], kind: type, allowed: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The fields of a table, each of the type that it has in the dataclass `kind`. Raises ValueError."""
    hints = get_type_hints(kind)
    require_known(what, table, tuple(hints) if allowed is None else allowed)
    return {name: typed(name, value, hints[name]) for name, value in table.items()}


TYPES: dict[Any, tuple[Any, str]] = {
    int: ((int,), "an integer"),
    float: ((int, float), "a finite number"),
    str: ((str,), "a text"),
    bool: ((bool,), "true or false"),
}


def bare(hint: Any) -> Any:
    """A type without its None."""
    return next(kind for kind in get_args(hint) if kind is not NoneType) if isinstance(hint, UnionType) else hint


def typed(name: str, value: Any, hint: Any) -> Any:
    """`value` as the type `hint`. Raises ValueError for others: TOML has no type but its own."""
    hint = bare(hint)
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        if not isinstance(value, list) or len(value) != len(kinds):
            raise ValueError(f"{name} must be a list of {len(kinds)} numbers, not {value!r}")
        return tuple(typed(name, part, kind) for part, kind in zip(value, kinds, strict=True))
    types, title = TYPES[hint]
    is_wrong = not isinstance(value, types) or (isinstance(value, bool) and hint is not bool)
    if is_wrong or (hint is float and not math.isfinite(value)):
        raise ValueError(f"{name} must be {title}, not {value!r}")
    return hint(value)


def parsed(name: str, text: Any, hint: Any) -> Any:
    """What a command line gives, numbers between commas for a tuple, as the type `hint`. Raises ValueError."""
    hint = bare(hint)
    if get_origin(hint) is not tuple:
        return typed(name, text, hint)
    kinds, parts = get_args(hint), text.split(",")
    try:
        numbers = tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
    except ValueError as error:
        raise ValueError(f"{name} must be {len(kinds)} numbers with commas between them, not {text!r}") from error
    return tuple(typed(name, number, kind) for number, kind in zip(numbers, kinds, strict=True))

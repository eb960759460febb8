"""Names: those of primitives in files and modules, and those of a graph and its tensors in generated code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ops.keywords import CPP, PARTS, TAKEN, TCL, VERILOG

LONGEST_NAME = 64

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[._][a-z0-9]+)*")
_PART = re.compile(r"(?:in|fork|lanes|wide)[0-9]+")
_KEYWORDS = VERILOG | CPP | TCL | TAKEN


def snake_case(name: str) -> str:
    """The folder, ONNX text, C++ header and RTL module of a primitive: ShiftConv2d lives in shift_conv2d."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def identifier(name: str) -> str:
    """A checked name as an identifier of every generated language: dots become underscores."""
    return name.replace(".", "_")


def check_name(name: str) -> None:
    """Raise ValueError unless a graph or tensor may have the name: it goes into generated code as it is.

    Lower case alone, so that no two differ by case only; no keyword; no word that generated code joins to names itself.
    """
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise ValueError(
            f"a name must be lower-case words of letters and digits, joined by single dots or underscores, "
            f"{LONGEST_NAME} characters at most, not {name[: LONGEST_NAME + 1]!r}"
        )
    if identifier(name) in _KEYWORDS:
        raise ValueError(f"a name must not be a keyword of a generated language, as {name!r} is")
    taken = [word for word in re.split("[._]", name) if word in PARTS or _PART.fullmatch(word)]
    if taken:
        raise ValueError(
            f"the word {taken[0]!r} must not be in a name, as in {name!r}: generated code joins it to names"
        )


def is_name(value: object) -> bool:
    """Whether a value is the name of a graph or tensor."""
    try:
        check_name(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


def check_tensor_names(names: Iterable[str]) -> None:
    """Raise ValueError unless each name may be that of a tensor, and no two are the same or the same identifier."""
    seen: dict[str, str] = {}
    for name in names:
        check_name(name)
        if identifier(name) in seen:
            raise ValueError(
                f"tensors must differ in their identifiers, {name!r} and {seen[identifier(name)]!r} do not"
            )
        seen[identifier(name)] = name

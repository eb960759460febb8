"""The ONNX function bodies of the primitives, read from the folders of ops."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import onnx
import onnx.parser

import ops
from ops import REGISTRY
from ops.naming import snake_case

DOMAIN = "sapm"
"""Domain of every node and function."""

OPSET = 19
"""Version of the standard operators that the function bodies are written in: no newer than they need."""


def library() -> dict[str, onnx.FunctionProto]:
    """Every function by name: one for each primitive, and the shared ones that lie beside their folders."""
    shared = sorted(Path(ops.__file__).parent.glob("*.onnxtxt"))
    own = [kind.folder() / f"{snake_case(name)}.onnxtxt" for name, kind in REGISTRY.items()]
    return {function.name: function for function in map(_function, shared + own)}


@cache
def _function(path: Path) -> onnx.FunctionProto:
    return onnx.parser.parse_function(path.read_text(encoding="utf-8"))


def bodies(names: Iterable[str]) -> list[onnx.FunctionProto]:
    """The functions called `names` and the functions that they call, each once, callees first."""
    found: dict[str, onnx.FunctionProto] = {}
    for name in sorted(set(names)):
        function = library()[name]
        called = [node.op_type for node in function.node if node.domain == DOMAIN]
        found |= {body.name: body for body in (*bodies(called), function)}
    return list(found.values())

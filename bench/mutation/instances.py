"""Which modules the instances of a top have within them, and with which parameters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pyslang.ast import Compilation, SymbolKind
from pyslang.syntax import SyntaxTree

Parameters = tuple[str, ...]
"""The values of a module's parameters, in its order."""

SCOPES = (SymbolKind.GenerateBlock, SymbolKind.GenerateBlockArray)


def _within(scope: Any) -> Iterator[tuple[str, str, Parameters, Any]]:
    """Name, module, parameters and body of the instances directly within a scope."""
    for member in scope:
        if member.kind == SymbolKind.Instance:
            values = tuple(str(p.value) for p in member.body.parameters if hasattr(p, "value"))
            yield member.name, member.definition.name, values, member.body
        elif member.kind in SCOPES and not getattr(member, "isUninstantiated", False):
            yield from _within(member)


def _all(body: Any) -> Iterator[tuple[str, Parameters]]:
    for _, module, values, inner in _within(body):
        yield module, values
        yield from _all(inner)


def modules_of(text: str, sources: Iterable[Path]) -> dict[str, dict[str, set[Parameters]]]:
    """For each instance in the module that `text` defines: every module within it, with the parameters it has there."""
    compilation = Compilation()
    for path in sources:
        compilation.addSyntaxTree(SyntaxTree.fromFile(str(path)))
    compilation.addSyntaxTree(SyntaxTree.fromText(text))
    found: dict[str, dict[str, set[Parameters]]] = {}
    (top,) = (instance for instance in compilation.getRoot().topInstances if instance.name in text)
    for name, module, values, body in _within(top.body):
        parts: dict[str, set[Parameters]] = defaultdict(set)
        parts[module].add(values)
        for inner, inner_values in _all(body):
            parts[inner].add(inner_values)
        found[name] = dict(parts)
    return found

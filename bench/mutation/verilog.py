"""Mutants of a SystemVerilog module, all of them in one text: a variable of the top module says which of them lives.

    a + b        becomes    ((top.sapm_mutant == 7) ? (a - b) : (a + b))

So a simulation is compiled once for all mutants of a module. What must be constant is left alone: parameters, widths,
selects, conditions of generate blocks, and functions that parameters call; so are checkers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyslang.syntax import SyntaxKind, SyntaxNode, SyntaxTree

from bench.mutation.mutant import ROOT, Mutant, shortened

VARIABLE = "sapm_mutant"
"""The variable of the top module: the number of the mutant that lives, 0 for none."""

OPERATORS = {
    "AddExpression": ("-",),
    "SubtractExpression": ("+",),
    "BinaryAndExpression": ("|",),
    "BinaryOrExpression": ("&",),
    "BinaryXorExpression": ("|",),
    "LogicalAndExpression": ("||",),
    "LogicalOrExpression": ("&&",),
    "EqualityExpression": ("!=",),
    "InequalityExpression": ("==",),
    "LessThanExpression": ("<=", ">="),
    "LessThanEqualExpression": ("<", ">"),
    "GreaterThanExpression": (">=", "<="),
    "GreaterThanEqualExpression": (">", "<"),
    "LogicalShiftLeftExpression": (">>",),
    "LogicalShiftRightExpression": ("<<",),
    "ArithmeticShiftLeftExpression": (">>>",),
    "ArithmeticShiftRightExpression": (">>",),
}
"""What takes the place of a binary operator."""

UNARY = {
    "UnaryLogicalNotExpression": "",
    "UnaryBitwiseNotExpression": "",
    "UnaryMinusExpression": "",
    "UnaryBitwiseAndExpression": "|",
    "UnaryBitwiseOrExpression": "&",
    "UnaryBitwiseXorExpression": "&",
}
"""What takes the place of an operator before its operand."""

LITERALS = {"'0": "'1", "'1": "'0", "1'b0": "1'b1", "1'b1": "1'b0"}

UNUSED = re.compile(r"assign unused")
"""What tells linters that something is meant not to be used."""

CONSTANT = {
    *(
        "InitialBlock",
        "ParameterDeclaration",
        "ParameterDeclarationStatement",
        "ParameterPortList",
        "TypedefDeclaration",
    ),
    *(
        "ParameterValueAssignment",
        "VariableDimension",
        "ElementSelect",
        "ImmediateAssertStatement",
        "AttributeInstance",
    ),
    *("ElabSystemTask", "ImmediateAssertionMember", "EventControlWithExpression", "AnsiPortList", "PortDeclaration"),
}
"""Kinds of nodes in which nothing is mutated."""


@dataclass
class _Writer:
    """Writes the text of a module with its mutants, which it numbers from `first` on."""

    text: str
    file: str
    top: str
    first: int
    mutants: list[Mutant] = field(default_factory=list)

    def written(self, node: SyntaxNode) -> str:
        """The text of a node, with all mutants in it."""
        kind = node.kind.name
        if kind in CONSTANT or (kind == "FunctionDeclaration" and self._is_of_parameters(node)):
            return self._raw(node)
        if kind == "ContinuousAssign" and UNUSED.match(self._raw(node)):
            return self._raw(node)
        inner = self._spliced(node, self._variable_parts(node))
        if kind == "ExpressionStatement" and node[1].kind.name == "NonblockingAssignmentExpression":
            return f"begin if ({self.top}.{VARIABLE} != {self._number(node, '(nothing)')}) {inner} end"
        for after in self._alternatives(node):
            inner = f"(({self.top}.{VARIABLE} == {self._number(node, after)}) ? ({after}) : ({inner}))"
        return inner

    def _raw(self, node: SyntaxNode) -> str:
        return self.text[node.sourceRange.start.offset : node.sourceRange.end.offset]

    def _number(self, node: SyntaxNode, after: str) -> int:
        start = node.sourceRange.start.offset
        line, column = self.text.count("\n", 0, start) + 1, start - self.text.rfind("\n", 0, start)
        number = self.first + len(self.mutants)
        before, after = shortened(self._raw(node)), shortened(after)
        self.mutants.append(Mutant(self.file, number, line, column, before, after))
        return number

    def _is_of_parameters(self, function: SyntaxNode) -> bool:
        """Whether a parameter, or the condition of a generate block, calls it."""
        found = re.search(r"(\w+)\s*\(", self._raw(function))
        constant = re.findall(r"^ *(?:localparam|parameter|for|(?:end else )?if)[^;]*", self.text, re.MULTILINE)
        return found is None or any(re.search(rf"\b{found[1]}\b", text) for text in constant)

    def _variable_parts(self, node: SyntaxNode) -> list[SyntaxNode]:
        """Those of its children that may vary at run time."""
        parts = [child for child in node if isinstance(child, SyntaxNode)]
        kind = node.kind.name
        if kind in ("LoopGenerate", "IfGenerate", "CaseGenerate"):
            return [part for part in parts if "Expression" not in part.kind.name and "Name" not in part.kind.name]
        if kind in ("CastExpression", "MultipleConcatenationExpression", "ForLoopStatement"):
            return parts[-1:]
        if kind == "NonblockingAssignmentExpression" or kind.endswith("AssignmentExpression"):
            return parts[1:]
        return parts

    def _spliced(self, node: SyntaxNode, parts: list[SyntaxNode]) -> str:
        """Its text, with those parts written with their mutants."""
        start, end = node.sourceRange.start.offset, node.sourceRange.end.offset
        pieces, place = [], start
        for part in parts:
            pieces += [self.text[place : part.sourceRange.start.offset], self.written(part)]
            place = part.sourceRange.end.offset
        return "".join([*pieces, self.text[place:end]])

    def _alternatives(self, node: SyntaxNode) -> Iterator[str]:
        """What may stand in its place."""
        kind, parts = node.kind.name, [child for child in node if isinstance(child, SyntaxNode)]
        if kind in OPERATORS:
            left, right = self._raw(parts[0]), self._raw(parts[-1])
            yield from (f"{left} {operator} {right}" for operator in OPERATORS[kind])
        elif kind in UNARY:
            yield UNARY[kind] + self._raw(parts[-1])
        elif kind == "ConditionalPredicate":
            yield from ("1'b1", "1'b0")
        elif kind in ("UnbasedUnsizedLiteralExpression", "IntegerVectorExpression"):
            yield from filter(None, [LITERALS.get(self._raw(node).replace(" ", ""))])


@dataclass(frozen=True)
class Mutated:
    """The text of a module with all its mutants, and these."""

    text: str
    mutants: list[Mutant]


def mutated(path: Path, top: str, first: int = 1) -> Mutated:
    """The module in a file with all its mutants, one of which `top`'s variable brings to life."""
    text = path.read_text()
    writer = _Writer(text, path.relative_to(ROOT).as_posix(), top, first)
    tree = SyntaxTree.fromText(text)
    start, end = tree.root.sourceRange.start.offset, tree.root.sourceRange.end.offset
    assert tree.root.kind in (SyntaxKind.CompilationUnit, SyntaxKind.ModuleDeclaration)
    written = writer.written(tree.root)
    return Mutated(text[:start] + written + text[end:], writer.mutants)


def with_variable(text: str, top: str, file: Path) -> str:
    """The text of the top module with the variable: 0 until a bench, or `file` at the start, says otherwise."""
    lines = (
        f"  int {VARIABLE} /*verilator public_flat_rw*/;",
        "  initial begin",
        "    int file;",
        f"    {VARIABLE} = 0;",
        f'    file = $fopen("{file}", "r");',
        f'    if (file != 0) void\'($fscanf(file, "%d", {VARIABLE}));',
        "  end",
    )
    found = re.search(rf"\bmodule {top}\b.*?\);\n", text, re.DOTALL)
    assert found is not None, f"{top} has no header"
    return text[: found.end()] + "\n".join(lines) + "\n" + text[found.end() :]

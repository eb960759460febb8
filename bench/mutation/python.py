"""Mutants of a Python module, all of them in one tree: a number says which of them lives.

    a + b        becomes    (a - b) if sapm_mutant() == 7 else (a + b)

So the tests are collected once, and each mutant is a process that is forked from there. Only bodies of functions are
mutated, without what examples are made of and what says how expensive something is.
"""

from __future__ import annotations

import ast
import builtins
import copy
import sys
from collections.abc import Collection, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType

from bench.mutation.mutant import ROOT, Mutant, shortened

SWITCH = "sapm_mutant"
"""The function, known everywhere, that says which mutant lives."""

LEFT_OUT = {
    *("examples", "example", "norm_example", "norm_example_types", "_examples_of_even_kernels", "_random"),
    *("operations", "operations_with_multipliers", "lane_price", "__str__", "__repr__"),
}
"""Functions in which nothing is mutated: test data, tables of costs, words."""

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.Pow: ast.Mult,
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


def alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """What may stand in the place of an expression."""
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for kind in COMPARISONS.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [kind()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(not node.value if isinstance(node.value, bool) else node.value + 1)


class Mutator(ast.NodeTransformer):
    """Puts all mutants into a tree, numbered from `first` on."""

    def __init__(self, file: str, first: int, left_out: Collection[str] = ()) -> None:
        self.file, self.first, self.left_out = file, first, LEFT_OUT | {*left_out}
        self.mutants: list[Mutant] = []
        self.depth = 0

    def visit(self, node: ast.AST) -> ast.AST:
        """The node with its mutants."""
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in self.left_out:
            return node
        if isinstance(node, ast.FunctionDef):
            return self._function(node)
        if not self.depth or isinstance(node, ast.JoinedStr | ast.Raise | ast.Assert | ast.Slice | ast.match_case):
            return self.generic_visit(node) if not self.depth else node
        if isinstance(node, ast.AnnAssign | ast.Call):
            return self._parts(node)
        original = copy.deepcopy(node) if isinstance(node, ast.expr) else node
        result = self.generic_visit(node)
        if isinstance(original, ast.expr) and isinstance(result, ast.expr):
            for other in alternatives(original):
                test = ast.Compare(
                    ast.Call(ast.Name(SWITCH, ast.Load()), [], []), [ast.Eq()], [self._number(original, other)]
                )
                result = ast.IfExp(test, other, result)
        return result

    def _function(self, node: ast.FunctionDef) -> ast.AST:
        self.depth += 1
        node.body = [self.visit(statement) for statement in node.body]  # type: ignore[misc]
        self.depth -= 1
        return node

    def _parts(self, node: ast.AnnAssign | ast.Call) -> ast.AST:
        """Without annotations, and names of functions."""
        if isinstance(node, ast.AnnAssign):
            node.value = self.visit(node.value) if node.value else None  # type: ignore[assignment]
        else:
            node.args = [self.visit(argument) for argument in node.args]  # type: ignore[misc]
            for keyword in node.keywords:
                keyword.value = self.visit(keyword.value)  # type: ignore[assignment]
            if isinstance(node.func, ast.Attribute):
                node.func.value = self.visit(node.func.value)  # type: ignore[assignment]
        return node

    def _number(self, before: ast.expr, after: ast.expr) -> ast.Constant:
        number = self.first + len(self.mutants)
        place, texts = (before.lineno, before.col_offset + 1), (ast.unparse(before), ast.unparse(after))
        self.mutants.append(Mutant(self.file, number, *place, *map(shortened, texts)))
        return ast.Constant(number)


class _Mutated(SourceFileLoader):
    """Loads a module from its tree with mutants."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        super().__init__(name, str(path))
        self.tree = tree

    def get_code(self, fullname: str) -> CodeType:
        """The code of the tree."""
        return compile(self.tree, self.path, "exec")


class Finder(MetaPathFinder):
    """Finds the modules of files with all their mutants in them; `live` is the number of the one that lives."""

    def __init__(self, files: Sequence[str], left_out: Collection[str] = ()) -> None:
        self.live = 0
        self.mutants: list[Mutant] = []
        self.loaders: dict[str, _Mutated] = {}
        for file in files:
            mutator = Mutator(file, len(self.mutants) + 1, left_out)
            tree = ast.fix_missing_locations(mutator.visit(ast.parse((ROOT / file).read_text())))
            assert isinstance(tree, ast.Module)
            name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            self.loaders[name] = _Mutated(name, ROOT / file, tree)
            self.mutants += mutator.mutants

    def install(self) -> None:
        """From now on imports take these."""
        assert not set(self.loaders) & set(sys.modules)
        setattr(builtins, SWITCH, lambda: self.live)
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The module with its mutants."""
        if name not in self.loaders:
            return None
        loader = self.loaders[name]
        return spec_from_file_location(name, loader.path, loader=loader)

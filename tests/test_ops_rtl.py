"""RTL = golden: every example of every primitive at every folding, side by side, under stalls of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ops import Folding, ShiftConv2d
from ops.packing import packed, signed_width
from rtl_sim.primitive_cases import GROUPS, Case, Outcome, cases, groups, simulate_cases
from rtl_sim.runners import SimulatorError
from rtl_sim.simulator import build

CASES = cases()


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What the simulations of all cases saw."""
    return simulate_cases(CASES, tmp_path_factory.mktemp("primitives"))


def test_cases_of_about_one_length_are_simulated_together() -> None:
    found = groups(CASES)
    assert sorted(case.label for group in found for case in group) == sorted(case.label for case in CASES)
    for group, least, most in zip(found, (0, *GROUPS), (*GROUPS, np.inf), strict=True):
        assert all(least <= case.hardware.cycles(*case.example.inputs[0].shape[1:]) < most for case in group)


@pytest.mark.rtl
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_values_and_marks_under_stalls(case: Case, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[case.label].failure is None


@pytest.mark.rtl
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_predicted_cycles_are_simulated(case: Case, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[case.label].cycles == case.hardware.cycles(*case.example.inputs[0].shape[1:])


@pytest.mark.rtl
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_predicted_latency_is_simulated(case: Case, outcomes: dict[str, Outcome]) -> None:
    # Pixel by pixel, the first beat of a pixel leaves before its last has entered; a set may have fewer windows.
    words = case.example.types[0].channels // case.hardware.input_lanes[0]
    assert 0 <= case.hardware.latency - outcomes[case.label].latency < words + case.folding.interleave - 1


@pytest.mark.rtl
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_ready_passes_where_it_is_said_to(case: Case, outcomes: dict[str, Outcome]) -> None:
    # Before these, and no others, the generator puts a register slice.
    assert outcomes[case.label].ready_follows == case.hardware.passes_ready


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_reach_covers_the_output(case: Case) -> None:
    size = case.example.inputs[0].shape[1:]
    reach = case.hardware.reach(*size)
    assert reach.shape == (np.prod(case.example.operation.output_size(*size)),)
    assert reach.min() >= 0 and reach.max() < np.prod(size)


def _unequal() -> Iterator[Case]:
    for case in CASES:
        if case.module not in ("shift_conv2d", "l1_conv2d"):
            yield case


@pytest.mark.parametrize("case", _unequal(), ids=lambda case: case.label)
def test_elementwise_lanes_must_be_equal(case: Case) -> None:
    with pytest.raises(ValueError, match="pe must equal simd"):
        case.example.operation.hardware(case.example.types, case.example.output_type, Folding(2, 1))


def test_folding_must_divide_channels() -> None:
    example = next(iter(ShiftConv2d.examples()))
    with pytest.raises(ValueError, match="pe must divide the 4 output channels, not 3"):
        example.operation.hardware(example.types, example.output_type, Folding(3, 1))


@pytest.mark.parametrize("rows", [0, 2])
def test_folding_must_divide_the_kernel(rows: int) -> None:
    example = next(iter(ShiftConv2d.examples()))
    with pytest.raises(ValueError, match=f"rows must divide the 3 rows of the kernel, not {rows}"):
        example.operation.hardware(example.types, example.output_type, Folding(1, 1, rows))


def test_packing_starts_at_the_low_bits() -> None:
    memory = packed((np.array([[1, -1], [2, 0]]), 3), (np.array([[1, 0], [0, 1]]), 1))
    assert memory.width == 8
    assert memory.words == (0b0_111_1_001, 0b1_000_0_010)


@pytest.mark.parametrize(("values", "width"), [([0], 1), ([-1, 0], 1), ([1], 2), ([-128, 127], 8), ([128], 9)])
def test_signed_width(values: list[int], width: int) -> None:
    assert signed_width(np.array(values)) == width


@pytest.mark.parametrize("missing", ["g++", "make"])
def test_missing_tool_is_named(missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tool in {"g++", "make"} - {missing}:
        (tmp_path / tool).write_text("#!/bin/sh\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SimulatorError, match=f"^{missing[0]}.* must be on PATH to build the simulation, and is not$"):
        build([], "top", tmp_path / "build")


def test_failed_build_shows_the_tool_s_words(tmp_path: Path) -> None:
    source = tmp_path / "broken.sv"
    source.write_text("module broken (input logic [3:0] a_i, output logic [2:0] b_o);\nassign b_o = a_i;\nendmodule\n")
    with pytest.raises(SimulatorError, match=r"(?s)broken does not build.*WIDTHTRUNC"):
        build([source], "broken", tmp_path / "build")

"""What is shown of long steps: what is done of how much, and how long it took and will take."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from cli import console
from rtl_sim.progress import cycles_so_far
from sapm.announcing import Phase


def test_a_step_says_how_far_it_is() -> None:
    step = Phase("RTL simulation of analysis")
    assert list(console._far(step, 3.0)) == ["3 s"]
    step.reach(250_000, 1_000_000, "cycles")
    assert list(console._far(step, 20.0)) == ["250,000 of 1,000,000 cycles", "20 s", "60 s left"]
    step.reach(1_000_000, 1_000_000, "cycles")
    assert list(console._far(step, 80.0)) == ["1,000,000 of 1,000,000 cycles", "80 s"]


def test_a_step_that_went_on_beside_others_tells_its_own_time(capsys: pytest.CaptureFixture[str]) -> None:
    with console.announce("HLS C simulation of synthesis") as step:
        step.seconds = 7.25
    with pytest.raises(ValueError, match="broke"), console.announce("RTL simulation") as step:
        step.reach(7, 9, "cycles")
        raise ValueError("broke")
    printed = capsys.readouterr().out
    assert "HLS C simulation of synthesis: 7.2 s\n" in printed
    assert "RTL simulation ...\n" in printed and "RTL simulation:" not in printed


def test_a_terminal_of_80_columns_shows_it_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Console(force_terminal=True, width=80, record=True)
    monkeypatch.setattr(console, "console", shown)
    with console.announce("comparison of every tensor [bold]") as step:
        step.note = "analysis, onnxruntime"
        step.reach(3, 8, "levels")
        live = console._status(step, 0.0, console.Spinner("dots"))
        width = shown.measure(live).maximum
    assert "comparison of every tensor [bold]" in shown.export_text()
    assert width > 0


def test_cycles_are_read_from_what_a_simulator_has_written_so_far(tmp_path: Path) -> None:
    assert cycles_so_far(tmp_path) == 0
    (tmp_path / "taps").mkdir()
    (tmp_path / "taps" / "first.tap").write_bytes(b"")
    (tmp_path / "taps" / "second.tap").write_bytes(b"00000010 0 ab")
    assert cycles_so_far(tmp_path) == 0
    (tmp_path / "taps" / "second.tap").write_bytes(b"00000010 0 abcd\n00001f00 1 abcd\n000020")
    (tmp_path / "taps" / "third.tap").write_bytes(b"00001e00 1 abcd\n")
    assert cycles_so_far(tmp_path) == 0x1F00
    (tmp_path / "taps" / "third.tap").write_bytes(b"not a tap at all\n")
    assert cycles_so_far(tmp_path) == 0x1F00

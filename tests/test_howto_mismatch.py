"""docs/howto/debugging-a-mismatch.md: every command on it runs, and the fault is found as it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recordings.recording import load_recording
from sapm.project import Project

pytestmark = [pytest.mark.rtl, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "howto" / "debugging-a-mismatch.md"
COMMAND = re.compile(r"^    ((?:sapm|python|sed) .*)$", re.M)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of the page in a folder that has the examples."""
    python = f'"{sys.executable}"'
    for name, ours in (("sapm", f"{python} -m cli.main"), ("python", python)):
        command = re.sub(rf"^{name}\b", lambda _, ours=ours: ours, command)  # type: ignore[misc]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    return subprocess.run(command, check=False, shell=True, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, subprocess.CompletedProcess[str]]]:
    """The folder in which the page was followed, and what each command gave."""
    folder = tmp_path_factory.mktemp("howto")
    (folder / "examples").symlink_to(ROOT / "examples")
    return folder, {command: run(command, folder) for command in COMMAND.findall(PAGE.read_text())}


Followed = tuple[Path, dict[str, subprocess.CompletedProcess[str]]]


def said(followed: Followed, beginning: str) -> str:
    """What the one command that begins so printed."""
    (found,) = [result for command, result in followed[1].items() if command.startswith(beginning)]
    return found.stdout + found.stderr


def test_every_command_ends_as_the_page_says(followed: Followed) -> None:
    assert len(followed[1]) >= 7
    for command, result in followed[1].items():
        assert result.returncode == command.startswith("sapm compare"), f"{command}: {result.stdout}{result.stderr}"
    assert "rtl identical: 4 tensors" in said(followed, "python examples/own_graph.py")


def test_the_fault_is_found_where_it_is(followed: Followed) -> None:
    printed = said(followed, "sapm compare")
    assert "edges, rtl: all that edges.out takes is equal, what it gives is not" in printed
    assert all(len(line) <= 80 for line in printed.splitlines())
    (difference,) = json.loads((followed[0] / "lab/differences/differences.json").read_text())
    arrays = np.load(followed[0] / "lab/differences/edges/rtl/edges.out.npz")
    expected, found = arrays["expected"], arrays["found"]
    assert difference["elements"] == (expected != found).sum() > expected.size // 4
    assert difference["largest"] == abs(found - expected).max() == abs(arrays["difference"]).max()
    place = difference["channel"], difference["row"], difference["column"]
    assert (difference["expected"], difference["found"]) == (expected[place], found[place])
    shown = np.asarray(Image.open(followed[0] / "lab/differences/edges/rtl/edges.out_difference.png"))
    assert shown.max() == 255 and (shown == 0).any()


def test_the_waves_show_the_streams_of_the_node_at_that_cycle(followed: Followed) -> None:
    (difference,) = json.loads((followed[0] / "lab/differences/differences.json").read_text())
    folder = followed[0] / "lab/faulty/edges"
    assert f"the first difference in cycle {difference['cycle']} of edges.out" in said(
        followed, "sapm cosim lab/project lab/picture.png --output lab/faulty"
    )
    waves = (folder / "rtl.fst").read_bytes()
    view = (folder / "rtl.gtkw").read_text()
    marked = re.search(r"^\*-17\.0+ (\d+) -1\n\[timestart\] ", view, re.M)
    assert marked is not None and int(marked[1]) == 10_000 * difference["cycle"] + 35_000
    assert "@24\ntransform_harness.cycle_q" in view  # decimal, as cycles are named
    shown = re.findall(r"^(transform_harness\S+?)(?:\[\d+:0\])?$", view, re.M)
    assert len(shown) == 2 + 5 * len(Project.load(followed[0] / "lab/project").rtl("edges").design["tensors"])
    assert view.index("-edges.out (Requant) takes") < view.index("total_valid") < view.index("edges_out_valid")
    for path in shown:  # names are stored as they are
        assert path.rpartition(".")[2].encode() in waves
    commands = (folder / "rtl.sucl").read_text()
    assert re.findall(r"^variable_add (\S+)$", commands, re.M) == shown
    assert len(waves) > 10_000
    window = (followed[0] / "lab/window/edges/rtl.fst").stat().st_size
    assert window > 1000


def test_several_pictures_under_stalls(followed: Followed) -> None:
    folder = followed[0]
    picture = Image.open(folder / "lab/picture.png")
    (folder / "lab/pictures/deep").mkdir(parents=True)
    picture.crop((0, 0, 24, 16)).save(folder / "lab/pictures/a.png")
    picture.crop((9, 9, 25, 17)).save(folder / "lab/pictures/deep/a.png")
    cycles = {}
    for seed in (3, 3, 4):
        output = f"lab/many_{len(cycles)}"
        done = run(f"sapm cosim lab/project lab/pictures --output {output} --level rtl --stalls {seed}", folder)
        assert done.returncode == 0, done.stderr
        recorded = load_recording(folder / output / "deep" / "a" / "edges" / "rtl.npz")["edges.out"]
        assert recorded.cycles is not None
        cycles[output] = recorded.cycles.tobytes()
    assert len(set(cycles.values())) == 2  # the same seed stalls alike
    compared = run(f"sapm compare lab/project {output}", folder)
    assert compared.returncode == 1
    assert "a: bit for bit" in compared.stdout and "deep/a: bit for bit" in compared.stdout
    again = run(f"sapm cosim lab/project lab/pictures --output {output} --level rtl", folder)
    assert again.returncode == 0, again.stderr  # a run that was compared is still a run

"""What reaches the screen: one line for an error, no markup and no terminal escapes from data; and how runs end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.table import Table

import cli.coding
from cli.console import console, styled
from cli.tables import comparison_table
from conftest import Sapm
from ops.files.text import visible
from recordings.comparison import Verdict
from sapm.levels import Comparison

ROOT = Path(__file__).resolve().parents[1]

HOSTILE = [
    "[/x]",
    "[bold]",
    "$\\frac{$",
    "first[/red]",
    "\x1b[2J\x1b]0;owned\x07",
    "a\rb",
    "\x9b31m",
    "\u202egnp",
    ":smiley:",
    "\udcff",
]
"""What names may hold: markup of rich, what steers terminals, what turns text around, what is no UTF-8."""


def shows(printed: str, name: str) -> bool:
    """Whether a name was printed as it is, and nothing that steers a terminal."""
    return visible(name) in printed.replace("\n", "") and visible(printed) == printed


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_of_files(
    name: str, sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / f"{name}.png", tmp_path / f"{name} bad.png"
    for path in (good, bad):
        path.parent.mkdir(exist_ok=True)
    shutil.copyfile(photograph, good)
    bad.write_bytes(b"no picture")
    assert sapm("encode", good, bad, "--codec", codec, "-o", good.parent, "--workers", 1) == 1
    printed = capsys.readouterr()
    assert shows(printed.out, f"{name}.sapm") and shows(printed.err, bad.name)
    assert sapm("energy", f"{name}={codec}", "-o", good.with_suffix(".energy")) == 0
    printed = capsys.readouterr()
    assert shows(printed.out + printed.err, f"{name}.energy")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_tables_and_titles(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(name, title=name)
    table.add_row(name)
    console.print(table, styled(name, "red"), name)
    console.print(comparison_table([Comparison("analysis", name, Verdict(1, 1, (name,)))]))
    printed = capsys.readouterr().out
    assert printed.count(visible(name)) >= 4 and visible(printed) == printed


@pytest.mark.parametrize("arguments", [["\x1b[31m"], ["--\x1b[31m"], ["encode", "--\x1b[31m"], ["encode"]])
def test_wrong_usage(arguments: list[str], sapm: Sapm, capsys: pytest.CaptureFixture[str]) -> None:
    assert sapm(*arguments) == 2
    printed = capsys.readouterr().err
    assert printed and visible(printed) == printed


def test_results_for_programs(
    sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    invocation = ["encode", photograph, "--codec", codec, "-o", tmp_path / "a.sapm"]
    for options in (["--json"], ["--json", "--quiet"]):
        assert sapm(*options, *invocation) == 0
        printed = capsys.readouterr()
        (row,) = json.loads(printed.out)
        assert row["bytes"] == (tmp_path / "a.sapm").stat().st_size and row["target"] == str(tmp_path / "a.sapm")
        assert bool(printed.err) == ("--quiet" not in options)
    assert sapm(*invocation, "--quiet") == 0
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a picture called bug.png fails as only a bug does."""
    real = cli.coding.read_photograph

    def read(path: Path) -> object:
        if path.name == "bug.png":
            raise KeyError("of all\nthings")
        if path.name == "large.png":
            raise MemoryError
        return real(path)

    monkeypatch.setattr(cli.coding, "read_photograph", read)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("where", ["first", "last"])
def test_a_bug_is_one_line_and_has_an_exit_code_of_its_own(
    where: str, debug: bool, broken: None, sapm: Sapm, codec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["encode", tmp_path / "bug.png", "--codec", codec, "-o", f"{tmp_path}/out/"]
    option = ["--debug"] if debug else []
    assert sapm(*(option + command if where == "first" else command + option)) == 70
    printed = capsys.readouterr().err.splitlines()
    assert printed[-1].startswith("error: bug.png: internal error: KeyError: ")
    assert (len(printed) == 1) != debug and any("Traceback" in line for line in printed) == debug
    assert not list(tmp_path.iterdir())


def test_a_bug_at_one_file_does_not_end_the_others(
    broken: None, sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = [tmp_path / "bug.png", tmp_path / "large.png", photograph]
    assert sapm("encode", *sources, "--codec", codec, "-o", f"{tmp_path}/out/", "--workers", 1) == 70
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == 3 and "large.png: not enough memory" in printed[1]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["photograph.sapm"]


def test_a_bug_outside_of_files(
    sapm: Sapm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cli.exporting.export_bundle", lambda *_: {}["\x1b[31m"])
    assert sapm("export", "tiny.npz", "-o", tmp_path / "out") == 70
    printed = capsys.readouterr().err
    assert printed == "error: internal error: KeyError: '\\x1b[31m' (--debug shows where)\n"


def test_errors_of_the_system_are_told_in_words(sapm: Sapm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, said in (("none", "No such file or directory"), ("pipe", "must be a regular file")):
        assert sapm("decode", tmp_path / name, "-o", tmp_path / "out.png") == 1
        assert capsys.readouterr().err == f"error: {tmp_path / name}: {said}\n"


@pytest.mark.parametrize("place", ["cli.main.app", "cli.main.show_error"])
def test_an_interrupt_outside_of_commands_ends_with_its_exit_code(
    place: str, sapm: Sapm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    assert sapm("export", "none.npz", "-o", tmp_path / "out") == 130
    assert not capsys.readouterr().err


@pytest.mark.parametrize(("cause", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)])
def test_an_interruption_that_became_an_error_ends_with_its_exit_code(
    cause: BaseException, code: int, sapm: Sapm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def loading(*_: object) -> None:  # as of extension modules
        try:
            raise ImportError("initialization failed") from cause
        except ImportError as error:
            raise RuntimeError("no module") from error

    monkeypatch.setattr("cli.main.app", loading)
    assert sapm("export", "none.npz", "-o", "out") == code
    assert not capsys.readouterr().err


SLEEPING = """
import sys, time
import cli.exporting
from cli.main import main
from ops.files import whole_folder
def sleep(checkpoint, folder, force):
    with whole_folder(folder, "codec") as part:
        print("writing", flush=True)
        time.sleep(3600)
cli.exporting.export_bundle = sleep
sys.argv = ["sapm", "export", "tiny.npz", "-o", sys.argv[1]]
main()
"""


@pytest.fixture
def sleeping(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A command in the middle of its work."""
    command = [sys.executable, "-c", SLEEPING, str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "writing\n":
            pass
        yield process
        process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_ends_a_command_cleanly(
    number: int, code: int, sleeping: subprocess.Popen[str], tmp_path: Path
) -> None:
    sleeping.send_signal(number)
    assert sleeping.wait() == code
    assert sleeping.stderr is not None
    assert "Traceback" not in sleeping.stderr.read()
    assert not os.listdir(tmp_path)

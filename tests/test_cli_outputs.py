"""`--output` of every command: checked before any work, and nothing of another hand is replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Sapm

FOLDERS = {
    "export": ["missing.npz"],
    "collect": ["missing.npz"],
    "generate": ["missing"],
    "cosim": ["missing", "missing.png"],
    "demo": ["missing.png", "--checkpoint", "missing.npz"],
    "evaluate": ["--pictures", "missing"],
    "energy": ["missing"],
    "latents": ["missing.npz", "--pictures", "missing"],
}
"""Commands that write a folder, with what they also need, and what is not there."""


def contents(folder: Path) -> dict[str, str]:
    return {str(path): path.read_text() if path.is_file() else "" for path in folder.rglob("*")}


@pytest.mark.parametrize("command", FOLDERS)
def test_a_folder_of_another_hand_is_refused_before_any_work(
    command: str, sapm: Sapm, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    output = tmp_path / "out"
    (output / ".git").mkdir(parents=True)
    for name in (".git/HEAD", "report.json", "project.json", "results.json", "codecs.json", "entropy.npz"):
        (output / name).write_text("{}")
    before = contents(tmp_path)
    for target in (output, output / "report.json"):
        assert sapm(command, *FOLDERS[command], "-o", target) == 1
        message = capsys.readouterr().err
        assert len(message.splitlines()) == 1 and "missing" not in message
        assert ("--force" if target == output else "must be a folder, and is a file") in message
    assert sapm(command, *FOLDERS[command], "-o", ".", "--force") == 1
    assert "not the working folder" in capsys.readouterr().err
    assert contents(tmp_path) == before


@pytest.mark.parametrize("command", FOLDERS)
def test_what_fails_leaves_the_older_folder_and_makes_no_other(
    command: str, sapm: Sapm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter").write_text("dear")
    before = contents(tmp_path)
    assert sapm(command, *FOLDERS[command], "-o", tmp_path / "out", "--force") != 0
    assert sapm(command, *FOLDERS[command], "-o", tmp_path / "new" / "deep") != 0
    assert contents(tmp_path) == before


@pytest.mark.parametrize("command", FOLDERS)
def test_what_is_read_is_never_replaced(
    command: str, sapm: Sapm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    inner = tmp_path / "out"
    inner.mkdir()
    arguments = [f"out/{word}" if word.startswith("missing") else word for word in FOLDERS[command]]
    assert sapm(command, *arguments, "-o", inner, "--force") == 1
    assert "must not be replaced: out/missing" in capsys.readouterr().err
    assert inner.exists()


def test_a_model_card_replaces_only_a_model_card(
    sapm: Sapm, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "README.md"
    output.write_text("# Notes of my own\n")
    assert sapm("card", checkpoint.parent, "-o", output) == 1
    assert "README.md is there, and not a model card" in capsys.readouterr().err
    assert output.read_text() == "# Notes of my own\n"
    assert sapm("card", checkpoint.parent, "-o", output, "--force") == 0
    written = output.read_bytes()
    assert sapm("card", checkpoint.parent, "-o", output) == 0
    assert output.read_bytes() == written
    assert sapm("card", checkpoint.parent, "-o", "/dev/null", "--force") == 1

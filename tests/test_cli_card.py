"""The model card says what checkpoints record of themselves, and only that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Sapm
from model.checkpoint import load_checkpoint, read_record, save_checkpoint


@pytest.fixture
def folder(checkpoint: Path, tmp_path: Path) -> Path:
    """Two checkpoints: one that started from another, quantized; one that records nothing."""
    codec, record = load_checkpoint(checkpoint), read_record(checkpoint)
    start = {"step": 700, "rate_weights": [64.0, 64.0], "start": {"step": 30, "start": "linear"}}
    record |= {
        "step": 1234,
        "seconds": 600,
        "rate_weights": [32.0, 8192.0],
        "device": "cuda",
        "processes": 4,
        "start": start,
    }
    (tmp_path / "all").mkdir()
    save_checkpoint(tmp_path / "all" / "trained.npz", codec, record)
    save_checkpoint(tmp_path / "all" / "unknown.npz", codec)
    return tmp_path / "all"


def row(text: str, name: str) -> list[str]:
    """Cells of the first table line of a checkpoint that holds a device."""
    (line,) = (line for line in text.splitlines() if line.startswith(f"| `{name}` |") and line.count("|") == 11)
    return [cell.strip() for cell in line.split("|")[2:-1]]


def test_card(sapm: Sapm, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("## Licences\n\nA note.\n")
    point = {"setting": "q50", "bits_per_pixel": 0.25, "psnr": 30.125, "ms_ssim": None, "ms_ssim_decibels": None}
    lossless = {**point, "setting": "q100", "bits_per_pixel": 2.0, "psnr": None}
    rate = {
        "codec": "trained (estimated rate)",
        "metric": "psnr",
        "percent": -12.34,
        "low": 25,
        "high": 30,
        "reason": "",
    }
    results = {
        "pictures": [{"name": "a.png"}],
        "curves": [
            {"name": "trained (estimated rate)", "kind": "codec", "points": [point, lossless]},
            {"name": "unknown (effort 0)", "kind": "codec", "points": [point]},
        ],
        "bd_rate": [
            {**rate, "reference": "JPEG 4:4:4", "kind": "anchor"},
            {**rate, "reference": "somebody's", "kind": "published"},
        ],
    }
    (tmp_path / "results.json").write_text(json.dumps(results))
    options = ["--results", tmp_path / "results.json", "--notes", tmp_path / "notes.md", "-o", tmp_path / "README.md"]
    assert sapm("card", folder, *options) == 0
    text = (tmp_path / "README.md").read_text()
    assert "## Licences\n\nA note." in text
    trained = row(text, "trained")
    assert trained[1:4] == [
        "32 to 8192",
        "1234",
        "700 steps at lambda 64, after 30 steps, after a linear codec; 730 in all",
    ]
    assert trained[-2:] == ["4 x cuda", "10"]
    assert row(text, "unknown") == [*["not recorded"] * 3, "nothing", *["not recorded"] * 5]
    assert "| trained (estimated rate) | `q50` | 0.2500 | 30.12 | - |" in text
    assert "| trained (estimated rate) | `q100` | 2.0000 | infinite | - |" in text
    assert "| trained (estimated rate) | JPEG 4:4:4 | psnr | -12.3 | 25.0 | 30.0 |" in text
    assert "| unknown (effort 0) | `q50` |" in text
    assert "somebody's" not in text
    assert "Not measured" not in text


def test_bad_input(sapm: Sapm, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "README.md"
    assert sapm("card", tmp_path, "-o", output) == 1
    assert "must hold checkpoints (.npz), and holds none" in capsys.readouterr().err
    rest = '"pictures": [], "bd_rate": []'
    curve = '{"name": "trained", "kind": "codec", "points": [{"setting": "q50", "bits_per_pixel": "0.5"}]}'
    wrong = (f'{{"curves": 3, {rest}}}', f'{{"curves": [null], {rest}}}', f'{{"curves": [{curve}], {rest}}}')
    for content in ("{}", "no JSON", "[" * 100_000, *wrong, f'{{"curves": [], {rest}, "losses": {{"a": 1}}}}'):
        (tmp_path / "results.json").write_text(content)
        assert sapm("card", folder, "--results", tmp_path / "results.json", "-o", output) == 1
        assert "must be a results.json of `sapm evaluate`" in capsys.readouterr().err
    (folder / "broken.npz").write_bytes(b"no checkpoint")
    assert sapm("card", folder, "-o", output) == 1
    assert "broken.npz must be a checkpoint" in capsys.readouterr().err
    assert not output.exists()

"""Standard input and output of `sapm encode` and `decode`, formats of pictures, and metadata on the way."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from conftest import Sapm
from host import read_picture
from host.picture_formats import FORMATS
from host.qualities import position_of
from sapm.bundle import Bundle

Captured = pytest.CaptureFixture[bytes]


def give(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """`data` on the standard input."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def test_a_picture_through_pipes(
    sapm: Sapm, codec: Path, photograph: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Captured
) -> None:
    host, picture = Bundle.load(codec).host, read_picture(photograph)
    ppm = b"P6\n%d %d\n255\n" % picture.shape[:0:-1] + picture.transpose(1, 2, 0).tobytes()
    give(monkeypatch, ppm)
    assert sapm("encode", "-", "--codec", codec, "-o", "-") == 0
    coded = capfdbinary.readouterr()
    assert coded.out == host.encode(picture, position_of(50))
    assert f"standard output: {len(coded.out)} bytes" in coded.err.decode()
    for form in (None, *FORMATS):
        give(monkeypatch, coded.out)
        assert sapm("decode", "-", "--codec", codec, "-o", "-", *(["--format", form] if form else [])) == 0
        image = Image.open(io.BytesIO(capfdbinary.readouterr().out))
        assert image.format == FORMATS[form or "png"].pillow_name
        assert form == "jpeg" or (np.asarray(image).transpose(2, 0, 1) == host.decode(coded.out)).all()


def test_what_streams_cannot_be(
    sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Captured
) -> None:
    give(monkeypatch, photograph.read_bytes())
    wrong = {
        "- must be the only file, not one of 2": ["-", photograph, "-o", tmp_path],
        "must be a folder for 2 files, not -": [photograph, __file__, "-o", "-"],
        "must be a file for the standard input, which has no name": ["-", "-o", tmp_path],
        "must be a file or a folder with --json": [photograph, "-o", "-", "--json"],
    }
    for said, arguments in wrong.items():
        assert sapm("encode", *arguments, "--codec", codec) == 1
        printed = capfdbinary.readouterr()
        assert said in printed.err.decode() and not printed.out
    assert not list(tmp_path.iterdir())
    give(monkeypatch, b"no picture")
    assert sapm("encode", "-", "--codec", codec, "-o", "-") == 1
    printed = capfdbinary.readouterr()
    assert not printed.out and "standard input: is not a picture" in printed.err.decode()


def test_streams_that_are_closed_are_said(
    sapm: Sapm,
    codec: Path,
    photograph: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", None)
        assert sapm("encode", "-", "--codec", codec, "-o", tmp_path / "a.sapm") == 1
        assert "standard input" in capsys.readouterr().err and not list(tmp_path.iterdir())
        patch.setattr(sys, "stdout", None)
        assert sapm("encode", photograph, "--codec", codec, "-o", "-") == 1
        assert "the standard output is closed" in capsys.readouterr().err


def test_a_terminal_gets_no_bytes(sapm: Sapm, codec: Path, photograph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, child = os.openpty()
    with open(child, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert sapm("encode", photograph, "--codec", codec, "-o", "-") == 1
    monkeypatch.undo()
    os.close(parent)


def test_a_pipe_that_closes_is_one_line(
    sapm: Sapm, codec: Path, photograph: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert sapm("encode", photograph, "--codec", codec, "-o", "-") == 1
        monkeypatch.undo()
    errors = capsys.readouterr().err
    assert "Broken pipe" in errors and "Traceback" not in errors


def test_metadata_are_kept_where_that_is_asked(
    sapm: Sapm, codec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng, tags = np.random.default_rng(0), Image.Exif()
    tags[0x010F], tags[0x0112] = "camera\x1b[31m", 6
    image = Image.fromarray(rng.integers(0, 256, (24, 40, 4), np.uint8))
    image.save(tmp_path / "a.webp", exif=tags, xmp=b"<x/>", lossless=True)
    for name, options in (("plain", []), ("full", ["--keep-metadata"])):
        assert sapm("encode", tmp_path / "a.webp", "-o", tmp_path / f"{name}.sapm", "--codec", codec, *options) == 0
        said = capsys.readouterr()
        assert "a.webp: was turned upright (orientation 6); a.webp: transparent pixels were laid over" in said.err
        assert ("bytes of them metadata" in said.out) == bool(options)
        assert sapm("decode", tmp_path / f"{name}.sapm", "-o", tmp_path / f"{name}.jpg", "--codec", codec) == 0
    plain, full = (Image.open(tmp_path / f"{name}.jpg") for name in ("plain", "full"))
    assert plain.size == full.size == (24, 40) and np.asarray(plain).tobytes() == np.asarray(full).tobytes()
    assert not plain.getexif() and "xmp" not in plain.info
    assert dict(full.getexif()) == {0x010F: "camera\x1b[31m", 0x0112: 1} and full.info["xmp"] == b"<x/>"
    shown = capsys.readouterr()
    assert "\x1b[31m" not in shown.out + shown.err
    assert sapm("decode", tmp_path / "full.sapm", "-o", tmp_path / "full.ppm", "--codec", codec) == 0
    assert "full.ppm: its EXIF data were left out: PPM holds none" in capsys.readouterr().err


def test_formats_are_chosen_by_name_or_suffix(
    sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sapm("encode", photograph, "-o", tmp_path / "a.sapm", "--codec", codec) == 0
    command = ["decode", tmp_path / "a.sapm", "--codec", codec]
    assert sapm(*command, "-o", f"{tmp_path}/out.jpg/", "--format", "webp") == 0
    assert sapm(*command, "-o", tmp_path / "out.jpg") == 0
    assert {path.name for path in (tmp_path / "out.jpg").iterdir()} == {"a.webp", "a.png"}
    assert Image.open(tmp_path / "out.jpg" / "a.png").format == "PNG"
    assert sapm(*command, "-o", tmp_path / "a.JPG") == 0
    assert Image.open(tmp_path / "a.JPG").format == "JPEG"
    capsys.readouterr()
    assert sapm(*command, "-o", tmp_path / "b.png", "--format", "ppm") == 1
    assert "--output must end in .ppm, be a folder" in capsys.readouterr().err
    assert sapm(*command, "-o", tmp_path / "b.bmp") == 1
    assert "--output must end in .png, .jpg, .jpeg, .webp, .ppm, be" in capsys.readouterr().err
    assert sapm(*command, "-o", tmp_path / "b.bmp", "--format", "bmp") == 1
    assert "--format must be one of png, jpeg, webp, ppm, not 'bmp'" in capsys.readouterr().err

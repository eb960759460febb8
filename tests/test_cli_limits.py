"""Limits of pictures and sizes on the command line, refused at once; what is said of a picture's colours."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cli.main
from cli.arguments import parse_size
from host import read_picture, write_picture
from sapm.plan import Plan, padded_size
from test_host_colours import SMOOTH, profile


def sapm(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """The exit code of a command."""
    monkeypatch.setattr("sys.argv", ["sapm", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        cli.main.main()
    return int(left.value.code or 0)


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    write_picture(SMOOTH.transpose(2, 0, 1), tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_pixels_of_pictures_and_files_are_limited(photograph, tmp_path, monkeypatch, capsys) -> None:
    coded, decoded = tmp_path / "photo.sapm", tmp_path / "out.png"
    assert sapm(monkeypatch, "encode", photograph, "-o", coded, "--max-pixels", 959) == 1
    assert "photo.png: must have at most 959 pixels, not 40x24 = 960" in capsys.readouterr().err
    assert not coded.exists()
    assert sapm(monkeypatch, "encode", photograph, "-o", coded, "--max-pixels", 960) == 0
    assert sapm(monkeypatch, "decode", coded, "-o", decoded, "--max-pixels", 959) == 1
    assert "must have at most 959 pixels, not 40x24 = 960" in capsys.readouterr().err
    assert not decoded.exists()
    assert sapm(monkeypatch, "decode", coded, "-o", decoded) == 0
    assert read_picture(decoded).shape == (3, 24, 40)
    assert sapm(monkeypatch, "decode", coded, "-o", decoded, "--max-pixels", 0) == 2


def test_converted_colours_are_said(tmp_path, monkeypatch, capsys) -> None:
    names = [tmp_path / name for name in ("a.png", "b.png")]
    for name in names:
        Image.fromarray(SMOOTH).save(name, icc_profile=profile("P3", 1.8))
    assert sapm(monkeypatch, "encode", names[0], "-o", tmp_path / "a.sapm") == 0
    assert "a.png: colours were converted from P3 to sRGB" in capsys.readouterr().err
    assert sapm(monkeypatch, "encode", *names, "-o", f"{tmp_path}/both/", "--workers", 2) == 0
    said = capsys.readouterr().err
    assert all(f"{name.name}: colours were converted from P3 to sRGB" in said for name in names)


def test_pipes_are_refused(tmp_path, monkeypatch, capsys) -> None:
    for command, name in (("encode", "pipe.png"), ("decode", "pipe.sapm")):
        os.mkfifo(tmp_path / name)
        assert sapm(monkeypatch, command, tmp_path / name, "-o", f"{tmp_path}/out/") == 1
        assert "must be a regular file" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["65536x16", "16x65536", "99999999x99999999", "9" * 5000 + "x16"])
def test_sizes_beyond_the_registers_are_refused_at_once(size, tmp_path, monkeypatch, capsys) -> None:
    assert sapm(monkeypatch, "generate", tmp_path, "-o", tmp_path / "out", "--size", size) == 1
    said = capsys.readouterr().err
    assert "size must be at most 65535x65535 pixels, not '" in said and len(said) < 300
    assert not (tmp_path / "out").exists()


def test_the_padded_size_fits_the_registers_too() -> None:
    class SmallestSizes:
        multiple = 16

    assert padded_size(SmallestSizes(), Plan("zcu102", 16, 65520)) == (16, 65520)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be at most 65520x65520, not 65521x16"):
        padded_size(SmallestSizes(), Plan("zcu102", 16, 65521))  # type: ignore[arg-type]
    assert parse_size("65535x1") == (1, 65535)
    for wrong in ("0x16", "16x00", "x", "16", "-1x3", "²x3"):
        with pytest.raises(ValueError, match="size must be WIDTHxHEIGHT in pixels"):
            parse_size(wrong)


def test_floats_are_no_picture(photograph) -> None:
    from sapm.codecs import Codecs  # noqa: PLC0415

    host = Codecs.choose(None).entries[0].load()
    picture = read_picture(photograph)
    for method in (partial(host.encode, position=0), host.latents_of, host.pixels_of):
        with pytest.raises(ValueError, match=r"a picture must be uint8 of shape \(3, height, width\), not float64"):
            method(picture / 255.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a picture must be uint8"):
        host.encode(np.zeros((24, 40), np.uint8), 0)

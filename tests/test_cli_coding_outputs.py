"""The command line of the codec, outputs: what encode and decode replace and refuse, and what they never lose."""

from __future__ import annotations

import os
import shutil
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from conftest import Sapm
from host import read_picture
from host.picture_formats import FORMATS
from sapm.bundle import Bundle


@pytest.fixture
def pair(sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A photograph and the compressed file beside it, as `encode photo.png -o D` makes it."""
    picture = tmp_path / "photo.png"
    shutil.copyfile(photograph, picture)
    assert sapm("encode", picture, "--codec", codec, "-o", tmp_path) == 0
    return picture, tmp_path / "photo.sapm"


def test_decoding_never_replaces_the_photograph(
    sapm: Sapm, codec: Path, pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    picture, file = pair
    original = picture.read_bytes()
    for output in (picture.parent, picture):
        assert sapm("decode", file, "--codec", codec, "-o", output) == 1
        message = capsys.readouterr().err
        assert "photo.png is there, and not what `sapm decode` wrote: nothing else is overwritten" in message
        assert "--force" in message and len(message.splitlines()) == 1
        assert picture.read_bytes() == original
    assert sapm("decode", file, "--codec", codec, "-o", picture, "--force") == 0
    decoded = picture.read_bytes()
    np.testing.assert_array_equal(read_picture(picture), Bundle.load(codec).host.decode(file.read_bytes()))
    assert sapm("decode", file, "--codec", codec, "-o", picture.parent) == 0
    assert picture.read_bytes() == decoded


def edit(path: Path) -> None:
    Image.open(path).save(path)


def edit_and_keep_the_texts(path: Path) -> None:
    image = Image.open(path)
    info = PngInfo()
    for name, text in image.text.items():  # type: ignore[attr-defined]
        info.add_text(name, text)
    image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path, pnginfo=info)


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"notes")


CHANGES = [("png", edit_and_keep_the_texts)] + [(f, c) for f in FORMATS for c in (edit, append)]


@pytest.mark.parametrize(("form", "change"), CHANGES)
def test_a_decoded_picture_that_was_edited_is_kept(
    form: str, change: Callable[[Path], None], sapm: Sapm, codec: Path, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    decoded = tmp_path / f"decoded.{form}"
    command = ["decode", pair[1], "--codec", codec, "-o", decoded]
    assert sapm(*command) == 0
    first = decoded.read_bytes()
    assert sapm(*command) == 0
    assert decoded.read_bytes() == first
    change(decoded)
    edited = decoded.read_bytes()
    assert edited != first
    assert sapm(*command) == 1
    assert decoded.read_bytes() == edited


@pytest.mark.parametrize("kind", ["text", "picture", "torn", "longer"])
def test_encoding_replaces_only_whole_compressed_files(
    kind: str, sapm: Sapm, codec: Path, pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    picture, file = pair
    whole = file.read_bytes()
    assert sapm("encode", picture, "--codec", codec, "-o", file) == 0
    contents = {"text": b"a letter", "picture": picture.read_bytes(), "torn": whole[:-1], "longer": whole + b"notes"}
    file.write_bytes(contents[kind])
    assert sapm("encode", picture, "--codec", codec, "-o", file) == 1
    assert "photo.sapm is there, and not what `sapm encode` wrote" in capsys.readouterr().err
    assert file.read_bytes() == contents[kind]
    assert sapm("encode", picture, "--codec", codec, "-o", file, "--force") == 0
    assert file.read_bytes() == whole


@pytest.mark.parametrize("name", ["out.jpg", "out", "out.sapm.bak"])
def test_an_output_is_a_file_of_the_suffix_or_clearly_a_folder(
    name: str, sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sapm("encode", photograph, "--codec", codec, "-o", tmp_path / name) == 1
    assert "--output must end in .sapm, be a folder that exists, or end in / to become one" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    assert sapm("encode", photograph, "--codec", codec, "-o", f"{tmp_path / name}/") == 0
    assert sapm("encode", photograph, "--codec", codec, "-o", tmp_path / name) == 0
    assert [path.name for path in (tmp_path / name).iterdir()] == ["photograph.sapm"]


def test_no_output_is_no_folder(
    sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sapm("encode", photograph, "--codec", codec, "-o", "") == 1
    assert not list(tmp_path.iterdir())


def test_a_source_is_never_replaced(
    sapm: Sapm, codec: Path, pair: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, file = pair
    os.link(file, tmp_path / "odd.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "odd.png")
    for output in (tmp_path, tmp_path / "link.png"):
        assert sapm("decode", tmp_path / "odd.png", "--codec", codec, "-o", output, "--force") == 1
        assert "must not be replaced" in capsys.readouterr().err
    assert (tmp_path / "odd.png").read_bytes() == file.read_bytes()


def announcing(side: int) -> bytes:
    """A PNG whose header announces a square of `side` pixels, and that holds next to nothing."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def enlarged(data: bytes) -> bytes:
    """A compressed file that announces the largest picture that its header can, with the right checksum."""
    body = data[:15] + b"\xff\xff\xff\xff" + data[19:-4]
    return body + struct.pack("<I", zlib.crc32(body))


@pytest.mark.parametrize("command", ["encode", "decode"])
def test_a_huge_picture_is_refused_before_memory_is_taken(
    command: str, sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "huge"
    if command == "encode":
        path.write_bytes(announcing(100_000))
    else:
        path.write_bytes(enlarged(Bundle.load(codec).host.encode(read_picture(photograph), 0)))
    tracemalloc.start()
    assert sapm(command, path, "--codec", codec, "-o", f"{tmp_path}/out/") == 1
    assert not (tmp_path / "out").exists()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    message = capsys.readouterr().err
    assert "huge: " in message and "must have at most 67108864 pixels" in message
    assert peak < 50e6

"""`sapm info` and `verify`: what a file says of itself, and whether it is that of a picture."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from conftest import Sapm
from host import read_picture, write_picture
from host.bitstream import Bitstream, Section, with_sections
from host.qualities import position_of
from sapm.bundle import Bundle


@pytest.fixture
def file(codec: Path, photograph: Path, tmp_path: Path) -> Path:
    path = tmp_path / "photo.sapm"
    data = Bundle.load(codec).host.encode(read_picture(photograph), position_of(80))
    path.write_bytes(with_sections(data, (Section(b"EXIF", bytes(30)), Section(b"NEW ", b"\x1b[31m"))))
    return path


def test_info_for_people_and_programs(sapm: Sapm, codec: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sapm("info", file, "--codec", codec) == 0
    size = file.stat().st_size
    symbols = size - 27 - 8 - 30 - 8 - 5
    assert capsys.readouterr().out.splitlines() == [
        str(file),
        "  picture   50x37",
        f"  file      {size} bytes, {8 * size / 1850:.3f} bits per pixel",
        "  codec     random, quality 80, effort 0",
        f"  sections  header 27, symbols {symbols}, EXIF 30, NEW 5 [bytes]",
    ]
    assert sapm("info", file, "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["codec"] is None and found["model_hash"] == Bundle.load(codec).host.model_hash[:8].hex()
    assert (found["width"], found["height"], found["effort"]) == (50, 37, 0)
    assert found["quality"] == pytest.approx(80, abs=0.05)
    assert found["sections"][2:] == [{"name": "EXIF", "bytes": 30}, {"name": "NEW", "bytes": 5}]


def test_info_of_several_goes_on_past_a_damaged_one(
    sapm: Sapm, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.sapm").write_bytes(file.read_bytes()[:-1])
    unknown = Bitstream(bytes(8), 0, 65535, 2048, b"").to_bytes()  # as large as a file may say, and of no effort
    (tmp_path / "large.sapm").write_bytes(unknown)
    assert sapm("info", tmp_path) == 1
    shown = capsys.readouterr()
    assert "65535x2048" in shown.out and "effort unknown" in shown.out and "photo.sapm" in shown.out
    assert "of the model 0000000000000000, which is not here" in shown.out
    assert shown.err.count("\n") == 1 and "bad.sapm: is truncated" in shown.err


def test_a_file_is_verified(
    sapm: Sapm, codec: Path, file: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def verify(picture: Path, *options: object) -> tuple[int, str]:
        code = sapm("verify", file, picture, "--codec", codec, *options)
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    original, host = read_picture(photograph), Bundle.load(codec).host
    code, said = verify(photograph)
    assert code == 0 and f"is {photograph}, encoded; PSNR " in said
    write_picture(host.decode(file.read_bytes()), tmp_path / "decoded.png")
    code, said = verify(tmp_path / "decoded.png")
    assert code == 0 and "sample by sample" in said
    changed = original.copy()
    changed[1, 5:9, 7:20] ^= 255
    write_picture(changed, tmp_path / "changed.png")
    code, said = verify(tmp_path / "changed.png")
    assert code == 1 and "neither decodes to" in said
    assert verify(tmp_path / "changed.png", "--min-psnr", 1)[0] == 0
    assert verify(tmp_path / "changed.png", "--min-psnr", 90)[0] == 1
    write_picture(original[:, :-1], tmp_path / "cut.png")
    code, said = verify(tmp_path / "cut.png")
    assert code == 1 and "photo.sapm: holds a picture of 50x37, not 50x36" in said


def test_symbols_of_another_picture_are_not_verified(
    sapm: Sapm, codec: Path, file: Path, photograph: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = file.read_bytes()
    host = Bundle.load(codec).host
    other = host.encode(np.ascontiguousarray(read_picture(photograph)[:, ::-1]), position_of(80))
    body = data[:23] + other[23:-4]  # the header of one, the symbols of the other, and a right checksum
    body = body[:19] + (len(other) - 27).to_bytes(4, "little") + body[23:]
    file.write_bytes(body + zlib.crc32(body).to_bytes(4, "little"))
    assert sapm("verify", file, photograph, "--codec", codec) == 1
    assert "neither decodes to" in capsys.readouterr().err


def test_efforts_that_cannot_be_repeated_are_said(
    sapm: Sapm, codec: Path, file: Path, photograph: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = Bitstream.from_bytes(file.read_bytes())
    for effort in (None, 9):
        file.write_bytes(Bitstream(*[getattr(stream, name) for name in FIELDS], effort).to_bytes())
        assert sapm("verify", file, photograph, "--codec", codec) == 1
        assert "whether it was made of it is not tried at such an effort" in capsys.readouterr().err


FIELDS = ("model_hash", "position", "width", "height", "payload")

"""`sapm encode` and `decode` on several files: outputs, the choice of the codec, and what goes wrong with one."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.bundle import Bundle
from cli.codecs import INDEX, Codecs
from cli.exporting import collect
from conftest import Sapm
from host import psnr, read_picture
from model.checkpoint import load_checkpoint, read_record, save_checkpoint
from model.configuration import PRESETS
from sample_codecs import quantized_checkpoint

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def photographs(photograph: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photographs")
    image = Image.open(photograph)
    paths = [folder / name for name in ("one.png", "two.bmp", "three.png")]
    for path, turns in zip(paths, range(3), strict=True):
        image.rotate(90 * turns, expand=True).save(path)
    return paths


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of two codecs, of which the first in the alphabet has the larger lambda."""
    folder = tmp_path_factory.mktemp("collection")
    paths = []
    for seed, name, weight in ((3, "any", 500.0), (1, "other", 20.0)):
        path = quantized_checkpoint(PRESETS["tiny"], folder / f"{name}.npz", seed)
        save_checkpoint(path, load_checkpoint(path), {**read_record(path), "rate_weight": weight})
        paths.append(path)
    collect(paths, folder / "codecs")
    return folder / "codecs"


@pytest.fixture
def collection(collected: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That collection in the place of the shipped one."""
    monkeypatch.setattr("cli.codecs.SHIPPED_CODECS", collected)
    return collected


def test_several_files_in_processes(sapm: Sapm, codec: Path, photographs: list[Path], tmp_path: Path) -> None:
    files, pngs = tmp_path / "new" / "files", tmp_path / "pngs"
    assert sapm("encode", *photographs, "--codec", codec, "-o", files, "--workers", 2) == 0
    assert sapm("decode", *files.iterdir(), "--codec", codec, "-o", pngs, "--workers", 1) == 0
    host = Bundle.load(codec).host
    assert len(list(files.iterdir())) == len(photographs)
    for path in photographs:
        data = host.encode(read_picture(path))
        assert (files / f"{path.stem}.sapm").read_bytes() == data
        np.testing.assert_array_equal(read_picture(pngs / f"{path.stem}.png"), host.decode(data))


def test_a_bad_file_is_named_and_the_others_are_done(
    sapm: Sapm, codec: Path, photographs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    sources = [photographs[0], tmp_path / "bad.png", tmp_path / "missing.png", photographs[1]]
    assert sapm("encode", *sources, "--codec", codec, "-o", tmp_path / "out", "--workers", 2) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert any("bad.png" in line for line in errors) and any("missing.png" in line for line in errors)
    assert errors[-1] == "error: 2 of 4 files failed"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["one.sapm", "two.sapm"]


def test_two_files_of_one_name(
    sapm: Sapm, codec: Path, photographs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twin = tmp_path / "one.jpg"
    assert sapm("encode", photographs[0], twin, "--codec", codec, "-o", tmp_path / "out") == 1
    message = capsys.readouterr().err
    assert str(twin) in message and "must not both become" in message and "one.sapm" in message
    assert not (tmp_path / "out").exists()


def test_several_files_into_one(
    sapm: Sapm, codec: Path, photographs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sapm("encode", *photographs, "--codec", codec, "-o", tmp_path / "all.sapm") == 1
    assert "must be a folder for 3 files" in capsys.readouterr().err


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that this process, which may be root, cannot write to."""
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        folder = Path(outer) / "read_only"
        folder.mkdir(mode=0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        yield folder
        os.seteuid(user)


def test_a_read_only_folder_is_refused_before_work(
    sapm: Sapm, codec: Path, read_only: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for output in (read_only, read_only / "file.sapm", read_only / "new"):
        assert sapm("encode", "missing.png", "--codec", codec, "-o", output) == 1
        message = capsys.readouterr().err
        assert "must be a folder that can be written to: Permission denied" in message
        assert "missing.png" not in message


def test_codecs_are_sorted_by_lambda_and_found_by_hash(
    sapm: Sapm, collection: Path, photograph: Path, tmp_path: Path
) -> None:
    assert [entry.name for entry in Codecs.collection(collection).entries] == ["other", "any"]
    for quality, name in ((1, "other"), (2, "any")):
        file, png = tmp_path / f"{name}.sapm", tmp_path / f"{name}.png"
        host = Bundle.load(collection / name).host
        assert sapm("encode", photograph, "-o", file, "--quality", quality) == 0
        assert file.read_bytes() == host.encode(read_picture(photograph))
        assert sapm("decode", file, "-o", png) == 0
        np.testing.assert_array_equal(read_picture(png), host.decode(file.read_bytes()))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--quality", 3], "quality must be one that a codec has, 1 (other), 2 (any), not 3"),
        (["--quality", 0], "not 0"),
        (["--quality", 1, "--target-bpp", 2], "not --quality and --target-bpp"),
        (["--target-bpp", -1], "--target-bpp must be positive, not -1.0"),
        (["--target-psnr", "nan"], "--target-psnr must be positive, not nan"),
        (["--target-psnr", 30, "--latents", "run.npz"], "give it without others and without target"),
    ],
)
def test_bad_wishes(
    arguments: list[object],
    said: str,
    sapm: Sapm,
    collection: Path,
    photograph: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert sapm("encode", photograph, "-o", tmp_path / "out.sapm", *arguments) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.sapm").exists()


@pytest.mark.parametrize("option", ["--target-bpp", "--target-psnr"])
def test_the_nearest_codec_is_taken(
    option: str, sapm: Sapm, collection: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    original = read_picture(photograph)
    figures = {}
    for folder in (collection / "any", collection / "other"):
        host = Bundle.load(folder).host
        data = host.encode(original)
        is_rate = option == "--target-bpp"
        figures[data] = 8 * len(data) / original[0].size if is_rate else psnr(original, host.decode(data))
    low, high = sorted(figures.values())
    assert low < high
    for target, nearest, is_met in (
        (low / 2, low, False),
        (0.7 * low + 0.3 * high, low, True),
        (0.3 * low + 0.7 * high, high, True),
        (high * 2, high, False),
    ):
        capsys.readouterr()
        assert sapm("encode", photograph, "-o", tmp_path / "out.sapm", option, target) == 0
        assert figures[(tmp_path / "out.sapm").read_bytes()] == nearest
        assert ("cannot be met" in capsys.readouterr().err) != is_met


def test_a_file_of_no_codec_there_is(
    sapm: Sapm, collection: Path, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.sapm"
    assert sapm("encode", photograph, "-o", file, "--codec", codec) == 0
    capsys.readouterr()
    assert sapm("decode", file, "-o", tmp_path) == 1
    message = capsys.readouterr().err
    assert "file.sapm: was made by another model: the hash must be" in message
    assert all(entry.model_hash[:8].hex() in message for entry in Codecs.collection(collection).entries)


def test_a_codec_that_is_not_what_the_index_says(collected: Path, tmp_path: Path) -> None:
    shutil.copytree(collected / "any", tmp_path / "other")
    shutil.copyfile(collected / INDEX, tmp_path / INDEX)
    with pytest.raises(ValueError, match=f"other must hold the model [0-9a-f]{{16}} of {INDEX}, and does not"):
        Codecs.collection(tmp_path).of_quality(1).load()


def test_no_collection(sapm: Sapm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (b"", b"[]", b'{"format": "sapm codecs", "version": 9, "codecs": []}'):
        (tmp_path / INDEX).write_bytes(content)
        with pytest.raises(ValueError, match=f"{INDEX} must be made by `sapm collect`"):
            Codecs.collection(tmp_path)


def announcing(side: int) -> bytes:
    """A PNG whose header announces a square of `side` pixels, and that holds next to nothing."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def enlarged(data: bytes) -> bytes:
    """A compressed file that announces the largest picture that its header can, with the right checksum."""
    body = data[:13] + b"\xff\xff\xff\xff" + data[17:-4]
    return body + struct.pack("<I", zlib.crc32(body))


@pytest.mark.parametrize("command", ["encode", "decode"])
def test_a_huge_picture_is_refused_before_memory_is_taken(
    command: str, sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "huge"
    if command == "encode":
        path.write_bytes(announcing(100_000))
    else:
        path.write_bytes(enlarged(Bundle.load(codec).host.encode(read_picture(photograph))))
    tracemalloc.start()
    assert sapm(command, path, "--codec", codec, "-o", tmp_path / "out") == 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    message = capsys.readouterr().err
    assert "huge: " in message and "must have at most 67108864 pixels" in message
    assert peak < 50e6


SCRIPT = """
import json, sys
{before}
from cli.main import main
sys.argv = ["sapm", "decode", *sys.argv[1:]]
try:
    main()
except SystemExit as stop:
    print(json.dumps([stop.code, sorted(sys.modules)]))
"""


@pytest.mark.parametrize("absent", [(), ("constriction", "numba")])
def test_decoding_imports_no_torch_and_needs_no_coder_library(
    absent: tuple[str, ...], codec: Path, photograph: Path, tmp_path: Path
) -> None:
    host = Bundle.load(codec).host
    data = host.encode(read_picture(photograph))
    (tmp_path / "file.sapm").write_bytes(data)
    before = f"sys.modules.update(dict.fromkeys({absent!r}))"  # whoever imports them is told that there are none
    arguments = [str(tmp_path / "file.sapm"), "--codec", str(codec), "-o", str(tmp_path / "file.png")]
    command = [sys.executable, "-c", SCRIPT.format(before=before), *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    code, modules = json.loads(result.stdout.splitlines()[-1])
    assert code == 0
    assert not {"torch", "onnxruntime", "distributed", "hls4ml"} & set(modules)
    assert ("host.plain_coder" in modules) == ("constriction" in absent)
    np.testing.assert_array_equal(read_picture(tmp_path / "file.png"), host.decode(data))

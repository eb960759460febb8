"""The command line on good and bad input, without hardware: one clear line, exit code, nothing written."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from conftest import HEIGHT, WIDTH, Sapm
from host import PictureSize, read_picture
from host.qualities import position_of
from ops.written import RECORD
from sample_host import latent_steps, random_codec
from sapm.bundle import Bundle, export_bundle, save_bundle
from sapm.codecs import Codecs

FILES = ("analysis.onnx", "synthesis.onnx", "steps.npz", "entropy.npz")


def test_export_encode_decode(sapm: Sapm, checkpoint: Path, photograph: Path, tmp_path: Path) -> None:
    folder, file, png = tmp_path / "codec", tmp_path / "picture.sapm", tmp_path / "picture.png"
    assert sapm("export", checkpoint, "-o", folder) == 0
    assert {path.name for path in folder.iterdir()} == {*FILES, RECORD}
    assert sapm("encode", photograph, "--codec", folder, "-o", file, "--quality", 70) == 0
    assert sapm("decode", file, "--codec", folder, "-o", png) == 0
    host, picture = Bundle.load(folder).host, read_picture(photograph)
    symbols = host.symbols_of(host.latents_of(picture), position_of(70))
    np.testing.assert_array_equal(host.read(file.read_bytes()).symbols, symbols)
    pixels = host.synthesis(host.restore(symbols, position_of(70)))
    np.testing.assert_array_equal(read_picture(png), host.finish(pixels, PictureSize(HEIGHT, WIDTH)))


def test_exporting_twice_gives_the_same_files(checkpoint: Path, tmp_path: Path) -> None:
    first, again = (export_bundle(checkpoint, tmp_path / name).folder for name in ("first", "again"))
    for path in first.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_collecting(sapm: Sapm, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twin = tmp_path / "base.npz"
    shutil.copyfile(checkpoint, twin)
    assert sapm("collect", twin, checkpoint, "-o", tmp_path / "codecs") == 0
    entries = Codecs.collection(tmp_path / "codecs").entries
    assert [entry.name for entry in entries] == ["base", checkpoint.stem]
    assert entries[0].load().model_hash == export_bundle(checkpoint, tmp_path / "codec").host.model_hash
    assert sapm("collect", twin, twin, "-o", tmp_path / "others") == 1
    assert "checkpoints must have different names, not base, base" in capsys.readouterr().err


@pytest.mark.parametrize("name", FILES)
def test_a_folder_that_lacks_a_file(
    name: str, sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(codec, tmp_path / "codec")
    (folder / name).unlink()
    assert sapm("encode", photograph, "--codec", folder, "-o", tmp_path / "out.sapm") == 1
    message = capsys.readouterr().err
    assert name in message and len(message.splitlines()) == 1
    assert not (tmp_path / "out.sapm").exists()


@pytest.mark.parametrize("name", ["entropy.npz", "steps.npz"])
@pytest.mark.parametrize("kind", ["truncated", "flipped bit", "empty", "not an archive"])
def test_a_damaged_archive(
    kind: str,
    name: str,
    sapm: Sapm,
    codec: Path,
    photograph: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = shutil.copytree(codec, tmp_path / "codec")
    data = (folder / name).read_bytes()
    texts = {"empty": b"", "not an archive": b"no archive at all"}
    with zipfile.ZipFile(folder / name) as archive:  # within numbers: a header also says when a file was written
        place = max(archive.infolist(), key=lambda member: member.compress_size)
    inside = place.header_offset + len(place.filename) + place.compress_size // 2 + 64
    (folder / name).write_bytes(texts[kind] if kind in texts else damage(kind, data, inside))
    assert sapm("encode", photograph, "--codec", folder, "-o", tmp_path / "out.sapm") == 1
    message = capsys.readouterr().err
    assert f"{name}: " in message and len(message.splitlines()) == 1
    assert not (tmp_path / "out.sapm").exists()


def bad_picture(kind: str, path: Path) -> None:
    rgb = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    if kind == "animated":
        rgb.save(path, "GIF", save_all=True, append_images=[rgb.rotate(90)])
    elif kind == "truncated":
        rgb.save(path, "PNG")
        path.write_bytes(path.read_bytes()[:3000])
    else:
        path.write_bytes(b"" if kind == "empty" else b"no picture at all")


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        ("animated", "must be a single picture"),
        ("truncated", "truncated"),
        ("empty", "empty"),
        ("unreadable", "is not a picture in one of the formats"),
    ],
)
def test_bad_pictures(
    kind: str,
    allowed: str,
    sapm: Sapm,
    codec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, out = tmp_path / "bad.png", tmp_path / "out.sapm"
    bad_picture(kind, path)
    assert sapm("encode", path, "--codec", codec, "-o", out) == 1
    message = capsys.readouterr().err
    assert allowed in message
    assert "bad.png" in message
    assert len(message.splitlines()) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bad.png"]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5000, 3), (3, 5000), (17, 16)])
@pytest.mark.parametrize("mode", ["L", "RGBA", "RGB"])
def test_any_size_and_mode_comes_back(
    width: int, height: int, mode: str, sapm: Sapm, codec: Path, tmp_path: Path
) -> None:
    path, file, png = tmp_path / "picture.png", tmp_path / "picture.sapm", tmp_path / "back.png"
    Image.new(mode, (width, height), 90 if mode == "L" else (10, 200, 90, 255)[: len(mode)]).save(path)
    assert sapm("encode", path, "--codec", codec, "-o", file) == 0
    assert sapm("decode", file, "--codec", codec, "-o", png) == 0
    assert read_picture(png).shape == (3, height, width)


def damage(kind: str, data: bytes, place: int | None = None) -> bytes:
    flipped = bytearray(data)
    if kind == "flipped bit":
        flipped[len(data) // 3 if place is None else place] ^= 1
    elif kind == "future version":
        flipped[4] = 99
    elif kind == "truncated":
        return data[:-3]
    return bytes(flipped)


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        ("flipped bit", "checksum must be"),
        ("future version", "version must be 1, not 99"),
        ("truncated", "truncated"),
    ],
)
def test_bad_compressed_files(
    kind: str,
    allowed: str,
    sapm: Sapm,
    codec: Path,
    photograph: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "picture.sapm"
    sapm("encode", photograph, "--codec", codec, "-o", file)
    file.write_bytes(damage(kind, file.read_bytes()))
    capsys.readouterr()
    assert sapm("decode", file, "--codec", codec, "-o", tmp_path / "out.png") == 1
    message = capsys.readouterr().err
    assert allowed in message
    assert "picture.sapm" in message
    assert not (tmp_path / "out.png").exists()


def test_a_file_of_another_model(
    sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = save_bundle(replace(random_codec(), steps=latent_steps(seed=9)), tmp_path / "other").folder
    assert sapm("encode", photograph, "--codec", other, "-o", tmp_path / "other.sapm") == 0
    assert sapm("decode", tmp_path / "other.sapm", "--codec", codec, "-o", tmp_path / "out.png") == 1
    assert "was made by another model" in capsys.readouterr().err


def change_model(kind: str, model: onnx.ModelProto) -> None:
    node = next(node for node in model.graph.node if node.op_type == "ShiftConv2d")
    if kind == "other domain":
        node.domain = "com.example"
    elif kind == "unknown op":
        node.op_type = "Convolve"
    elif kind == "missing weight":
        model.graph.initializer.remove(next(a for a in model.graph.initializer if a.name == node.input[1]))
    else:
        info = next(info for info in model.graph.value_info if info.name == node.output[0])
        entry = next(entry for entry in info.metadata_props if entry.key == "sapm.format")
        entry.value = "s12.4"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("other domain", "com.example"),
        ("unknown op", "Convolve"),
        ("missing weight", "first.terms"),
        ("narrow width", "stored s12.4 cannot hold"),
    ],
)
def test_bad_model_files(
    kind: str,
    said: str,
    sapm: Sapm,
    codec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = shutil.copytree(codec, tmp_path / "codec")
    model = onnx.load(folder / "analysis.onnx")
    change_model(kind, model)
    onnx.save(model, folder / "analysis.onnx")
    assert sapm("generate", folder, "-o", tmp_path / "project") == 1
    message = capsys.readouterr().err
    assert said in message
    assert "analysis.onnx" in message
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "abacus"], "target must be one of zcu102"),
        (["--size", "0x16"], "size must be WIDTHxHEIGHT"),
        (["--size", "wide"], "not 'wide'"),
        (["--back-end", "vhdl"], "back end must be one of hls, rtl, not 'vhdl'"),
        (["--clock", "-5"], "must be positive"),
    ],
)
def test_bad_generation_options(
    arguments: list[str],
    said: str,
    sapm: Sapm,
    codec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert sapm("generate", codec, "-o", tmp_path / "project", *arguments) == 1
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_float_checkpoint_is_not_exported(sapm: Sapm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.npz").write_bytes(b"PK no checkpoint")
    assert sapm("export", tmp_path / "broken.npz", "-o", tmp_path / "codec") == 1
    assert "broken.npz" in capsys.readouterr().err
    assert not (tmp_path / "codec").exists()


def test_nothing_foreign_is_overwritten(
    sapm: Sapm, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    assert sapm("export", checkpoint, "-o", tmp_path) == 1
    assert "nothing else is overwritten" in capsys.readouterr().err
    assert (tmp_path / "thesis.tex").read_text() == "precious"


def test_a_quality_that_there_is_not_is_refused_before_any_work(
    sapm: Sapm, tmp_path: Path, photograph: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["cosim", "project", photograph], ["demo", photograph]):
        assert sapm(*command, "-o", tmp_path / "out", "--quality", 101) == 1
        assert "quality must be between 1 and 100, not 101" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()

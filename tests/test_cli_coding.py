"""`sapm encode` and `decode` on several files: outputs, the choice of codec and quality, what goes wrong with one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Sapm
from host import PictureSize, psnr, read_picture
from host.qualities import LAST_POSITION, position_of
from recordings.comparison import Tensor
from recordings.recording import save_recording
from sample_host import identity_codec, random_codec
from sapm.bundle import Bundle, save_bundle
from sapm.codecs import INDEX, CodecEntry, Codecs

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
    """A collection of two codecs, of which the first is the last in the alphabet."""
    folder = tmp_path_factory.mktemp("collection")
    hosts = {"other": identity_codec(), "any": random_codec(seed=3)}
    bundles = [save_bundle(host, folder / name) for name, host in hosts.items()]
    entries = tuple(CodecEntry(bundle.folder, bundle.host.model_hash) for bundle in bundles)
    Codecs(entries).save_index(folder)
    return folder


@pytest.fixture
def collection(collected: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That collection in the place of the shipped one."""
    monkeypatch.setattr("sapm.codecs.SHIPPED_CODECS", collected)
    return collected


def test_several_files_in_processes(sapm: Sapm, codec: Path, photographs: list[Path], tmp_path: Path) -> None:
    files, pngs = tmp_path / "new" / "files", tmp_path / "pngs"
    assert sapm("encode", *photographs, "--codec", codec, "-o", f"{files}/", "--workers", 2) == 0
    assert sapm("decode", *files.iterdir(), "--codec", codec, "-o", f"{pngs}/", "--workers", 1) == 0
    host = Bundle.load(codec).host
    assert len(list(files.iterdir())) == len(photographs)
    for path in photographs:
        data = host.encode(read_picture(path), position_of(50))
        assert (files / f"{path.stem}.sapm").read_bytes() == data
        np.testing.assert_array_equal(read_picture(pngs / f"{path.stem}.png"), host.decode(data))


def test_a_bad_file_is_named_and_the_others_are_done(
    sapm: Sapm, codec: Path, photographs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    sources = [photographs[0], tmp_path / "bad.png", tmp_path / "missing.png", photographs[1]]
    assert sapm("encode", *sources, "--codec", codec, "-o", f"{tmp_path}/out/", "--workers", 2) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert any("bad.png" in line for line in errors) and any("missing.png" in line for line in errors)
    assert errors[-1] == "error: 2 of 4 files failed"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["one.sapm", "two.sapm"]


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
    for output in (read_only, read_only / "file.sapm", f"{read_only}/new/"):
        assert sapm("encode", "missing.png", "--codec", codec, "-o", output) == 1
        message = capsys.readouterr().err
        assert "must be a folder that can be written to: Permission denied" in message
        assert "missing.png" not in message


def test_codecs_are_chosen_by_name_and_found_by_hash(
    sapm: Sapm, collection: Path, photograph: Path, tmp_path: Path
) -> None:
    assert [entry.name for entry in Codecs.collection(collection).entries] == ["other", "any"]
    choices = {"default": [], "other": ["--codec", "other"], "any": ["--codec", "any"]}
    for name, options in choices.items():
        file, png = tmp_path / f"{name}.sapm", tmp_path / f"{name}.png"
        host = Bundle.load(collection / ("other" if name == "default" else name)).host
        assert sapm("encode", photograph, "-o", file, *options) == 0
        assert file.read_bytes() == host.encode(read_picture(photograph), position_of(50))
        assert sapm("decode", file, "-o", png) == 0
        np.testing.assert_array_equal(read_picture(png), host.decode(file.read_bytes()))


@pytest.mark.parametrize("quality", ["1", "33.3", "100"])
def test_one_codec_has_every_quality(quality: str, sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path) -> None:
    file = tmp_path / "file.sapm"
    assert sapm("encode", photograph, "-o", file, "--codec", codec, "--quality", quality, "--effort", 0) == 0
    data, host = file.read_bytes(), Bundle.load(codec).host
    assert data == host.encode(read_picture(photograph), position_of(float(quality)))
    assert host.read(data).position == round((float(quality) - 1) * 2048 / 99)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--quality", 100.5], "quality must be between 1 and 100, not 100.5"),
        (["--quality", 0], "not 0"),
        (["--quality", "nan"], "not nan"),
        (["--quality", 1, "--target-bpp", 2], "not quality and target-bpp"),
        (["--target-bpp", -1], "target-bpp must be positive, not -1.0"),
        (["--target-psnr", "nan"], "target-psnr must be positive, not nan"),
        (["--effort", 10], "effort must be between 0 and 9, not 10"),
        (["--effort", -1], "effort must be between 0 and 9, not -1"),
        (["--codec", "third"], "codec must be a folder made by `sapm export` or one of other, any, not third"),
        (["--codec", "no/folder"], "no/folder must be a codec folder made by `sapm export`, and is no folder"),
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
    message = capsys.readouterr().err
    assert said in message and len(message.splitlines()) == 1
    assert not (tmp_path / "out.sapm").exists()


@pytest.mark.parametrize("option", ["--target-bpp", "--target-psnr"])
def test_the_nearest_quality_is_taken(
    option: str, sapm: Sapm, collection: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    original, host = read_picture(photograph), Bundle.load(collection / "other").host

    def figure_of(data: bytes) -> float:
        return 8 * len(data) / original[0].size if option == "--target-bpp" else psnr(original, host.decode(data))

    low, high = (figure_of(host.encode(original, position)) for position in (0, LAST_POSITION))
    assert low < high
    for target, is_met in (
        (low / 2, False),
        (0.7 * low + 0.3 * high, True),
        (0.2 * low + 0.8 * high, True),
        (99, False),
    ):
        capsys.readouterr()
        assert sapm("encode", photograph, "-o", tmp_path / "out.sapm", option, target) == 0
        figure = figure_of((tmp_path / "out.sapm").read_bytes())
        # sizes of small pictures do not quite rise
        assert figure == pytest.approx(min(max(target, low), high), rel=0.02)
        shown = capsys.readouterr()
        assert ("cannot be met: took the nearest" in shown.err) != is_met
        assert f"{figure:.3f} {'bpp' if option == '--target-bpp' else 'dB'} for {target:g}" in " ".join(
            shown.out.split()
        )


def test_latents_of_hardware_take_any_quality_and_target(
    sapm: Sapm, codec: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host, original, file = Bundle.load(codec).host, read_picture(photograph), tmp_path / "out.sapm"
    latents = host.latents_of(original)
    save_recording(tmp_path / "run.npz", [("latents", Tensor(latents))])
    command = ["encode", photograph, "--codec", codec, "-o", file, "--latents", tmp_path / "run.npz"]
    assert sapm(*command, "--quality", 80) == 0
    assert file.read_bytes() == host.pack(latents, PictureSize(*original.shape[1:]), position_of(80))
    assert sapm(*command, "--target-bpp", 0.9) == 0
    assert "bpp for 0.9" in " ".join(capsys.readouterr().out.split())
    save_recording(tmp_path / "run.npz", [("latents", Tensor(latents + 3000))])
    assert sapm(*command) == 1
    assert "latents must lie in [-2048, 2047], not [" in capsys.readouterr().err
    other = tmp_path / "other.png"
    other.write_bytes(photograph.read_bytes())
    assert sapm(*command, other) == 1
    assert "must be a folder for 2 files" in capsys.readouterr().err


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
        Codecs.collection(tmp_path).entries[0].load()


def test_no_collection(sapm: Sapm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (b"", b"[]", b'{"format": "sapm codecs", "version": 9, "codecs": []}'):
        (tmp_path / INDEX).write_bytes(content)
        with pytest.raises(ValueError, match=f"{INDEX} must be made by `sapm collect`"):
            Codecs.collection(tmp_path)


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


@pytest.mark.parametrize("absent", [(), ("numba",)])
def test_decoding_imports_no_torch_and_needs_no_numba(
    absent: tuple[str, ...], codec: Path, photograph: Path, tmp_path: Path
) -> None:
    host = Bundle.load(codec).host
    data = host.encode(read_picture(photograph), 0)
    (tmp_path / "file.sapm").write_bytes(data)
    before = f"sys.modules.update(dict.fromkeys({absent!r}))"  # whoever imports them is told that there are none
    arguments = [str(tmp_path / "file.sapm"), "--codec", str(codec), "-o", str(tmp_path / "file.png")]
    command = [sys.executable, "-c", SCRIPT.format(before=before), *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    code, modules = json.loads(result.stdout.splitlines()[-1])
    assert code == 0
    assert not {"torch", "onnxruntime", "distributed", "hls4ml"} & set(modules)
    assert ("host.kernels.compiled" in modules) != ("numba" in absent)
    np.testing.assert_array_equal(read_picture(tmp_path / "file.png"), host.decode(data))

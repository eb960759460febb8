"""What people import: the examples of its docstrings, what it loads, and what it promises of types."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

import sapm
from host import read_picture, write_picture
from host.qualities import position_of
from sample_pictures import photograph as sample_picture
from sapm.bundle import Bundle

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    "name", ["sapm", "sapm.coding", "sapm.opening", "sapm.project", "sapm.targets", "sapm.wording"]
)
def test_the_examples_of_the_docstrings(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted and not result.failed


def test_every_name_is_there() -> None:
    assert sorted(name for names in sapm.HOMES.values() for name in names) == sapm.__all__
    assert all(getattr(sapm, name).__doc__ for name in sapm.__all__)
    assert set(sapm.__all__) <= set(dir(sapm))
    with pytest.raises(AttributeError, match="has no attribute 'encoded'"):
        _ = sapm.encoded


def test_it_loads_nothing_before_it_is_used_and_codes_without_torch() -> None:
    script = (
        "import sys, numpy, sapm\n"
        "assert not {'onnx', 'torch', 'hls4ml', 'rtl_sim', 'recordings', 'cli'} & set(sys.modules)\n"
        "sapm.decode(sapm.encode(numpy.zeros((3, 16, 16), numpy.uint8), codec='small'))\n"
        "assert not {'torch', 'hls4ml', 'cocotb', 'cli', 'typer'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_files_are_those_of_the_host(codec: Path, photograph: Path) -> None:
    host, picture = Bundle.load(codec).host, read_picture(photograph)
    data = sapm.encode(photograph, quality=70, codec=codec)
    assert (
        data == sapm.encode(picture, quality=70, codec=sapm.open_codec(codec)) == host.encode(picture, position_of(70))
    )
    for content in (data, bytearray(data), memoryview(data)):
        np.testing.assert_array_equal(sapm.decode(content, codec=codec), host.decode(data))
    with pytest.raises(ValueError, match="was made by another model"):
        sapm.decode(data)
    with pytest.raises(ValueError, match="there must be one of"):
        sapm.encode(picture, quality=70, target_bpp=1.0, codec=codec)


def test_metadata_are_carried_where_asked_for(codec: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "somebody"
    path = tmp_path / "a.png"
    Image.fromarray(sample_picture(16, 32).transpose(1, 2, 0)).save(path, exif=exif)
    plain, kept = (sapm.encode(path, codec=codec, keep_metadata=keep) for keep in (False, True))
    assert not sapm.metadata(plain).exif and b"somebody" in sapm.metadata(kept).exif
    assert np.array_equal(sapm.decode(plain, codec=codec), sapm.decode(kept, codec=codec))
    with pytest.raises(ValueError, match="keep_metadata needs the file of a picture, not ndarray"):
        sapm.encode(read_picture(path), codec=codec, keep_metadata=True)


def test_the_command_imports_the_package_and_not_the_other_way() -> None:
    for path in (ROOT / "sapm").glob("*.py"):
        assert "from cli" not in path.read_text() and "import cli" not in path.read_text(), path.name


def test_evaluation_measures_real_files(codec: Path, tmp_path: Path) -> None:
    picture = sample_picture(161, 170, seed=1)
    write_picture(picture, tmp_path / "a.png")
    found = sapm.evaluate(tmp_path, {"mine": codec}, qualities=[50], anchors=[], workers=1)
    (curve,) = found.curves
    data = sapm.encode(picture, codec=codec)
    assert (curve.name, len(curve.points)) == ("mine (effort 0)", 1)
    assert curve.points[0].bits_per_pixel == pytest.approx(8 * len(data) / picture[0].size)

"""Classical codecs: more bits give more quality, at their sampling; unknown ones are refused."""

from __future__ import annotations

import io

import numpy as np
import psutil
import pytest
from PIL import Image

from evaluation import ANCHORS, find_anchors
from evaluation.heif import stream_size
from host import psnr
from ops.extras import MissingExtra
from sample_pictures import photograph


def each() -> list[object]:
    """Every anchor; those that cannot be used here are skipped."""
    absent = {
        name: pytest.mark.skipif(not anchor.is_there, reason="its plug-in is not there")
        for name, anchor in ANCHORS.items()
    }
    return [pytest.param(name, marks=mark) for name, mark in absent.items()]


@pytest.mark.parametrize("name", each())
def test_rate_and_quality_rise_together(name: str) -> None:
    anchor, picture = ANCHORS[name], photograph(96, 128)
    coded = [anchor.code(picture, setting) for setting in anchor.settings[2::3]]
    sizes, qualities = [c.size for c in coded], [psnr(picture, c.picture) for c in coded]
    assert sizes == sorted(set(sizes))
    assert qualities == sorted(set(qualities))


@pytest.mark.parametrize("name", each())
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (33, 17)])
def test_any_size_comes_back(name: str, size: tuple[int, int]) -> None:
    picture = photograph(*size)
    coded = ANCHORS[name].code(picture, ANCHORS[name].settings[-1])
    assert coded.picture.shape == picture.shape
    assert coded.picture.dtype == np.uint8
    assert coded.size > 0


def colour_loss(name: str) -> float:
    """PSNR of red and green columns of one pixel: with halved chroma they become one colour."""
    columns = np.zeros((3, 64, 64), np.uint8)
    columns[0, :, ::2] = columns[1, :, 1::2] = 200
    anchor = ANCHORS[name]
    return psnr(columns, anchor.code(columns, anchor.settings[-1]).picture)


def test_chroma_is_whole_where_promised() -> None:
    assert min(colour_loss(name) for name in ("jpeg", "jpeg2000", "hevc", "avif")) > 25
    assert max(colour_loss(name) for name in ("jpeg420", "webp")) < 15


def test_coding_is_reproducible() -> None:
    picture = photograph(64, 80)
    for anchor in find_anchors(name for name in ANCHORS if ANCHORS[name].is_there):
        first, second = (anchor.code(picture, anchor.settings[5]) for _ in range(2))
        assert first.size == second.size
        assert np.array_equal(first.picture, second.picture)


def test_heif_boxes_are_not_counted() -> None:
    buffer = io.BytesIO()
    ANCHORS["hevc"].code(photograph(16, 16), "50")  # registers the format
    Image.new("RGB", (64, 64), (9, 8, 7)).save(buffer, "HEIF", quality=50)
    assert 0 < stream_size(buffer.getvalue()) < len(buffer.getvalue()) - 200
    with pytest.raises(ValueError, match="must hold mdat and hvcC or av1C"):
        stream_size(buffer.getvalue()[:40])


def test_a_picture_too_large_for_a_format() -> None:
    with pytest.raises(ValueError, match="WebP 4:2:0 at 95 cannot code a picture of 16400x1"):
        ANCHORS["webp"].code(np.zeros((3, 1, 16400), np.uint8), "95")


def test_times_are_those_of_one_thread() -> None:
    """What an anchor takes on the clock is what it takes of processors, more or less: more threads would take more."""
    picture = photograph(256, 256)
    for anchor in find_anchors(name for name in ("hevc", "avif", "jpegxl") if ANCHORS[name].is_there):
        before = threads()
        coded = anchor.code(picture, anchor.settings[6])
        assert coded.times is not None and coded.times.encode > 0 and coded.times.decode > 0
        assert threads() <= before + 1, anchor.name  # one that sleeps


def threads() -> int:
    """How many this process has."""
    return psutil.Process().num_threads()


def test_an_anchor_without_its_plug_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.anchors.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"pip install 'sapm\[anchors\]'"):
        find_anchors(["jpegxl"])


def test_unknown_anchor() -> None:
    with pytest.raises(ValueError, match="anchor must be one of jpeg, jpeg420, .*, not 'png'"):
        find_anchors(["jpeg", "png"])
    assert [anchor.name for anchor in find_anchors(["webp", "jpeg", "webp"])] == ["webp", "jpeg"]

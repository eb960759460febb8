"""Pictures of what differs: nothing that differs is invisible, and nothing that is equal is shown as different."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from recordings.comparison import Tensor, first_difference
from sapm.saving import FAINTEST, MOST_CHANNELS, SUMMARY, Saver, brightness, grey, mosaic, shown_channels

EXPECTED = np.random.default_rng(0).integers(-50, 50, (90, 3, 5))


def test_one_element_among_many_is_seen(tmp_path: Path) -> None:
    found = EXPECTED.copy()
    found[77, 1, 4] += 1
    found[80, 2, 0] -= 40
    difference = first_difference("a.b", "Requant", EXPECTED, Tensor(found))
    assert difference is not None
    saver = Saver(tmp_path)
    saver.save("analysis", "rtl", difference, EXPECTED, found)
    saver.finish()
    arrays = np.load(tmp_path / "analysis" / "rtl" / "a.b.npz")
    np.testing.assert_array_equal(arrays["difference"], found - EXPECTED)
    picture = np.asarray(Image.open(tmp_path / "analysis" / "rtl" / "a.b_difference.png"))
    assert np.isin(picture, (0, 64, 255, FAINTEST + round(175 / 40))).all()
    assert (picture == 255).any() and (picture == FAINTEST + round(175 / 40)).any()
    (row,) = json.loads((tmp_path / SUMMARY).read_text())
    assert (row["elements"], row["largest"], row["saved"]) == (2, 40, "analysis/rtl/a.b")
    assert {path.name for path in (tmp_path / "analysis" / "rtl").iterdir()} == {
        "a.b.npz",
        *(f"a.b_{kind}.png" for kind in ("expected", "found", "difference")),
    }


def test_channels_that_differ_are_shown_before_others() -> None:
    found = EXPECTED.copy()
    found[85] += 1
    shown = shown_channels(EXPECTED, found)
    assert len(shown) == MOST_CHANNELS and shown == sorted(shown) and 85 in shown and 0 in shown and 64 not in shown


def test_greys() -> None:
    values = np.array([[[-5, 0, 5, 99, -99]]])
    assert grey(values, -5, 5).tolist() == [[[0, 128, 255, 255, 0]]]
    assert grey(values, 7, 7).max() == 255
    assert brightness(values, values).max() == 0
    assert brightness(values, values + np.array([0, 1, 0, 0, -2])).tolist() == [[[0, 168, 0, 0, 255]]]


def test_a_mosaic_has_every_channel_once() -> None:
    channels = np.arange(7 * 2 * 3, dtype=np.uint8).reshape(7, 2, 3) + 100
    picture = mosaic(channels)
    assert sorted(set(picture.ravel().tolist()) - {64}) == list(range(100, 142))
    counts = [int((picture == value).sum()) for value in range(100, 142)]
    assert len(set(counts)) == 1
    buffer = io.BytesIO()
    Image.fromarray(mosaic(channels[:1])).save(buffer, "PNG")
    assert Image.open(buffer).size[0] > Image.open(buffer).size[1]

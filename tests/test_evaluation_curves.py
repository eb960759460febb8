"""Published curves, good and bad; comparisons that say why there is no BD-rate; plots."""

from __future__ import annotations

import json
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

import pytest

from evaluation import METRICS, Curve, CurveError, Point, compare, plot, read_published
from evaluation.metrics import to_decibels
from evaluation.plots import SPACING, _spread


def curve(name: str, kind: str, factor: float = 1.0, count: int = 5) -> Curve:
    points = [
        Point(str(i), factor * 0.2 * 2**i, 28.0 + 3 * i, 1 - 0.1 / 2**i, to_decibels(1 - 0.1 / 2**i))
        for i in range(count)
    ]
    return Curve(name, kind, "", tuple(points))


def write(folder: Path, content: Any) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "published.json").write_text(text)


def test_keys_of_older_files_mean_the_same(tmp_path: Path) -> None:
    found = []
    for psnr, ms_ssim in (("psnr-rgb", "ms-ssim-rgb"), ("psnr", "ms-ssim")):
        write(tmp_path, {"name": "X", "results": {"bpp": [0.5], psnr: [32], ms_ssim: [0.9]}})
        found += read_published(tmp_path)
    assert found[0] == found[1] and found[0].points[0].psnr == 32


def test_published_curves_are_sorted_by_rate(tmp_path: Path) -> None:
    write(tmp_path, {"name": "X", "results": {"bpp": [1.0, 0.5], "psnr-rgb": [35, 32], "ms-ssim-rgb": [0.99, 0.9]}})
    (published,) = read_published(tmp_path)
    assert (published.name, published.kind) == ("published", "published")
    assert [point.bits_per_pixel for point in published.points] == [0.5, 1.0]
    assert [point.psnr for point in published.points] == [32, 35]
    assert published.points[1].ms_ssim_decibels == pytest.approx(20)


def test_ms_ssim_may_be_in_decibels(tmp_path: Path) -> None:
    write(tmp_path, {"results": {"bpp": [0.5], "ms-ssim-db-rgb": [12.5]}})
    (point,) = read_published(tmp_path)[0].points
    assert (point.psnr, point.ms_ssim, point.ms_ssim_decibels) == (None, None, 12.5)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "published.json: is not JSON"),
        ([1, 2], 'must have "results"'),
        ({"results": {"psnr-rgb": [30]}}, "'bpp', a list of numbers"),
        ({"results": {"bpp": [0.5]}}, "must have one of psnr-rgb"),
        ({"results": {"bpp": [0.5], "psnr-rgb": [30, 31]}}, "psnr-rgb must have 1 values as bpp has, not 2"),
        ({"results": {"bpp": [0.5], "psnr-rgb": ["30"]}}, "'psnr-rgb', a list of numbers"),
        ({"results": {"bpp": [-0.5], "psnr-rgb": [30]}}, "rates positive"),
        ({"results": {"bpp": [0.5], "ms-ssim-rgb": [12.0]}}, "must lie in 0 to 1, not 12"),
    ],
)
def test_bad_published_curves(content: Any, said: str, tmp_path: Path) -> None:
    write(tmp_path, content)
    with pytest.raises(CurveError, match=said) as raised:
        read_published(tmp_path)
    assert "published.json" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_folders_without_curves(tmp_path: Path) -> None:
    with pytest.raises(CurveError, match="holds no .json file"):
        read_published(tmp_path)
    with pytest.raises(CurveError, match="is no folder"):
        read_published(tmp_path / "missing")


def test_comparisons() -> None:
    rows = compare([curve("ours", "codec", 0.9), curve("JPEG", "anchor"), curve("few", "published", count=3)])
    assert {(row.reference, row.metric) for row in rows} == {
        (reference, metric) for reference in ("JPEG", "few") for metric in ("psnr", "ms_ssim")
    }
    for row in rows:
        if row.reference == "JPEG":
            assert row.percent == pytest.approx(-10)
        else:
            assert row.percent is None
            assert "reference curve must have at least 4 points, not 3" in row.reason


def test_a_curve_without_a_finite_point_is_not_passed_over() -> None:
    points = tuple(Point(str(i), 0.2 + i, inf, None, None) for i in range(5))
    rows = compare([curve("ours", "codec"), Curve("lossless", "anchor", "", points)])
    assert [(row.metric, row.percent) for row in rows] == [("psnr", None)]
    assert "at least 4 points, not 0" in rows[0].reason


def test_a_codec_of_few_points_is_told_so() -> None:
    rows = compare([curve("ours", "codec", count=1), curve("JPEG", "anchor")])
    assert [row.percent for row in rows] == [None, None]
    assert rows[0].reason == "ours has 1 of the 4 points that a BD-rate needs"


def test_plots_are_whole_and_reproducible(tmp_path: Path) -> None:
    curves = [curve("one point", "codec", count=1), curve("JPEG", "anchor"), curve("published", "published", 0.7)]
    contents = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        paths = [path for metric in METRICS for path in plot(curves, metric, "title", tmp_path / name)]
        contents.append([path.read_bytes() for path in paths])
        assert [path.name for path in paths] == ["rd_psnr.png", "rd_psnr.svg", "rd_ms_ssim.png", "rd_ms_ssim.svg"]
    assert contents[0] == contents[1]
    assert contents[0][0].startswith(b"\x89PNG")
    assert b"<svg" in contents[0][1]


def test_nothing_to_plot(tmp_path: Path) -> None:
    assert (
        plot([Curve("small pictures", "codec", "", (Point("1", 0.5, 30.0, None, None),))], METRICS[-1], "", tmp_path)
        == []
    )


@pytest.mark.parametrize("places", [[0.5], [0.5, 0.5, 0.5], [0.98, 0.99, 1.0], [0.0, 0.01, 0.9]])
def test_labels_do_not_overlap(places: list[float]) -> None:
    spread = _spread(places)
    assert all(b - a >= SPACING - 1e-9 for a, b in pairwise(spread))
    assert max(spread) <= 1

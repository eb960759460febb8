"""One lossless picture leaves a curve its points: PSNR of the mean error stays finite, and what is left out is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import inf, log10
from pathlib import Path

import numpy as np
import pytest

from cli.evaluation_screen import show
from evaluation import Evaluation, PictureFolder, compare, find_anchors, left_out, measured_curves, write_tables
from evaluation.coders import CodedPicture
from evaluation.measurement import Measurement
from evaluation.metrics import mean_error_psnr
from evaluation.run import measure
from host.pictures import Picture
from sample_pictures import photograph

WHITE_PAGE = Path(__file__).parents[1] / ".." / "shared" / "cases" / "white_page"
WHITE = np.full((3, 170, 170), 255, np.uint8)


@dataclass(frozen=True)
class Darker:
    """Subtracts a step from what is not white, which it codes without loss."""

    curve: str = "ours"
    kind: str = "codec"
    note: str = "test"
    identity: str = ""
    settings: tuple[str, ...] = ("4", "3", "2", "1")

    def code(self, picture: Picture, setting: str) -> CodedPicture:
        step = int(setting)
        return CodedPicture(1000 // step, np.where(picture == 255, picture, np.maximum(picture, step) - np.uint8(step)))


def rows_of(coder: Darker, *pictures: Picture) -> list[Measurement]:
    return [row for index, picture in enumerate(pictures) for row in measure(coder, f"{index}.png", picture)]


def test_psnr_of_the_mean_error() -> None:
    assert mean_error_psnr([30.0, inf]) == pytest.approx(30 + 10 * log10(2))
    assert mean_error_psnr([20.0, 30.0]) == pytest.approx(-10 * log10((0.01 + 0.001) / 2))
    assert mean_error_psnr([33.0]) == pytest.approx(33)
    assert mean_error_psnr([inf, inf]) == inf


def test_every_point_left_out_has_a_line() -> None:
    coder = Darker()
    rows = rows_of(coder, photograph(170, 170), WHITE)
    curves = measured_curves([coder], rows)
    assert all(point.psnr == inf and point.psnr_of_mse is not None for point in curves[0].points)
    expected = {setting: 10 * log10(2 * 255**2 / int(setting) ** 2) for setting in coder.settings}
    assert {p.setting: p.psnr_of_mse for p in curves[0].points} == pytest.approx(expected, abs=0.1)
    lines = left_out(curves, rows)
    assert {(line.setting, line.metric) for line in lines} == {(setting, "psnr") for setting in coder.settings}
    said = "ours at 4: left out of psnr: infinite, 1 of 2 decoded without loss: 1.png"
    assert said in [str(line) for line in lines]


def test_nothing_is_left_out_of_lossy_pictures() -> None:
    rows = rows_of(Darker(), photograph(170, 170), photograph(180, 170, 2))
    assert left_out(measured_curves([Darker()], rows), rows) == []


def test_pictures_too_small_for_ms_ssim_are_named_once() -> None:
    rows = rows_of(Darker(), photograph(170, 170), photograph(20, 30))
    (line,) = left_out(measured_curves([Darker()], rows), rows)
    assert str(line) == "ours: left out of ms_ssim: 1.png below 161 pixels, the smallest side that has it"


def test_tables_and_screen_tell_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    coder = Darker()
    rows = rows_of(coder, photograph(170, 170), WHITE)
    curves = measured_curves([coder], rows)
    evaluation = Evaluation(curves, compare(curves), rows, {})
    write_tables(evaluation, tmp_path)
    content = json.loads((tmp_path / "results.json").read_text())
    assert len(content["left_out"]) == 4
    assert content["curves"][0]["points"][0]["psnr"] is None and content["curves"][0]["points"][0]["psnr_of_mse"] > 30
    assert len((tmp_path / "left_out.csv").read_text().splitlines()) == 5
    assert "psnr_of_mse" in (tmp_path / "points.csv").read_text().splitlines()[0]
    show(evaluation, curves)
    shown = capsys.readouterr().out
    assert all(f"ours at {setting}: left out of psnr: infinite" in shown for setting in coder.settings)


@pytest.mark.skipif(not WHITE_PAGE.is_dir(), reason="needs ../shared/cases")
def test_a_white_page_among_photographs() -> None:
    (jpeg,) = find_anchors(["jpeg"])
    coder = Darker(settings=("8", "7", "6", "5", "4", "3", "2"))
    rows = [
        row
        for name, picture in PictureFolder(WHITE_PAGE)
        for one in (jpeg, coder)
        for row in measure(one, name, picture)
    ]
    curves = measured_curves([jpeg, coder], rows)
    lossless = {point.setting for point in curves[0].points if point.psnr == inf}
    assert "95" in lossless and {(line.setting, line.metric) for line in left_out(curves[:1], rows)} == {
        (setting, "psnr") for setting in lossless
    }
    assert all("white_page.png" in str(line) for line in left_out(curves, rows))
    by_metric = {row.metric: row for row in compare(curves)}
    assert by_metric["psnr"].percent is None and by_metric["psnr_of_mse"].percent is not None

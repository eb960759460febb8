"""The words of reports: what stands first, what a stranger needs to understand the rest, each thing said once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import HEIGHT, WIDTH
from reports import Bars, FlowNode, Headline, Story, render
from reports.charts import bar_chart
from sapm.project import generate
from sapm.reporting import PAGE, hardware, rates
from test_reports import Page


def test_words_of_a_project(codec: Path, tmp_path: Path) -> None:
    project = generate(codec, tmp_path / "project", target="zcu104", height=HEIGHT, width=WIDTH, back_ends=["rtl"])
    page = Page(project.folder / PAGE)
    assert {"sapm synth", "sapm cosim"} <= set(page.texts) and "`" not in page.text
    assert re.search(r"inputs \(latents, \d+x\d+\) a second", page.text)
    assert "golden model" not in page.text  # nothing was compared yet


def test_the_rate_is_that_of_pictures_whichever_transform_is_slower() -> None:
    rows = [{"cycles": 10, "lut": 5, "bram": 1}]
    common = {"clock_mhz": 200, "target": "zcu104", "shares": {"LUT": 0.1}, "rows": rows}
    design = {
        name: {"fps": fps, "max_width": side, "max_height": side, **common}
        for name, fps, side in (("analysis", 9.0, 64), ("synthesis", 8.0, 4))
    }
    rate, gates, _ = hardware.facts(design)
    assert (rate.value, rate.note) == ("8", "64x64 at 200 MHz; synthesis is the slowest")
    assert gates.note == "estimated; of those of zcu104: 10% for analysis and 10% for synthesis"


@pytest.mark.parametrize(("text", "code"), [("`sapm` and ` more", 0), (f"see `{'<i>'}` there", 1)])
def test_code_in_prose(text: str, code: int, tmp_path: Path) -> None:
    (tmp_path / PAGE).write_bytes(render(Story("", "", Headline("", text))))
    page = Page(tmp_path / PAGE)
    assert page.tags.count("code") - 1 == code  # one more in the last line
    assert "i" not in page.tags and text.replace("`", "" if code else "`") in page.text


def test_an_evaluation_without_bd_rates_says_why_once() -> None:
    fields = {"psnr": 30.0, "psnr_of_mse": 30.0, "ms_ssim": 0.9, "ms_ssim_decibels": 10.0}
    points = [{"setting": f"q{bits}", "bits_per_pixel": bits, **fields} for bits in (0.1, 0.5)]
    curves = [{"name": name, "kind": kind, "points": points} for name, kind in (("ours", "codec"), ("JPEG", "anchor"))]
    bd_rate = [
        {"codec": "ours", "reference": "JPEG", "metric": metric, "percent": None, "reason": "too few points"}
        for metric in rates.BD_METRICS
    ]
    results = {"drawn": [], "curves": curves, "pictures": [{"name": "a.png"}], "skipped": [], "bd_rate": bd_rate}
    story = rates.story(results, [])
    assert story.verdict.text == "ours: 0.10 bits per pixel at 30.0 dB to 0.50 bits per pixel at 30.0 dB"
    assert story.verdict.detail.count("too few points") == 1
    assert [table.title for table in story.tables] == ["Every point"]
    bd_rate[0]["percent"] = -12.5
    story = rates.story(results, [])
    assert story.verdict.text == "ours takes 12.5 % fewer bits than JPEG at equal PSNR"
    assert story.tables[0].rows == [("JPEG", "-12.5 %", "none", "none")]
    assert story.tables[0].text.count("too few points") == 1


def test_charts_have_no_ground_of_their_own() -> None:
    """A ground that is painted over leaves a line at the edges where the page is dark."""
    made = str(bar_chart(Bars("", "", ["a"], [1.0], [""])))
    assert "'border_fill_color': None" in made and "'background_fill_color': None" in made


def test_a_node_has_the_worst_state_of_its_levels() -> None:
    states = {"rtl": "differs", "hls": "missing", "onnxruntime": "identical"}
    assert FlowNode("a", "Add", ["x"], states=states).state == "differs"
    assert FlowNode("a", "Add", ["x"]).state == ""

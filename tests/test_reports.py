"""Reports: what they say of every kind of result, that all in them is data, and that they work in a browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from conftest import HEIGHT, WIDTH, Sapm
from ops.files.written import RECORD, Record, what_else
from reports import Headline, Plot, PlotCurve, Story, is_report, render
from reports.placing import place
from sample_runs import recorded_run
from sapm.comparing import compare
from sapm.project import Project, generate
from sapm.reporting import PAGE, report
from sapm.reporting.files import COMMANDS, COMPARISON, SYNTHESIS

pytestmark = pytest.mark.slow  # starts browsers

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

PATIENCE = 300_000
"""Milliseconds that a page may take: on a busy machine it gets little of the processor."""


@pytest.fixture(scope="module")
def project(codec: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("project") / "project"
    return generate(codec, folder, target="zcu104", height=HEIGHT, width=WIDTH, back_ends=["rtl"])


@pytest.fixture(scope="module")
def broken(project: Project, photograph: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose RTL went wrong in one tensor, compared."""
    run = recorded_run(project, photograph, tmp_path_factory.mktemp("run"), wrong="sapm1.adder")
    compare(project, run)
    return run


class Page(HTMLParser):
    """The texts of a page by tag, and whatever it would load."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")]

    def handle_data(self, data: str) -> None:
        if data.strip() and self.tags[-1] not in ("script", "style"):
            self.texts.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def test_a_project_has_a_report(project: Project) -> None:
    page = Page(project.folder / PAGE)
    assert "Fits zcu104 at" in page.text
    assert {"sapm1.adder: L1Conv2d", "Lookup tables", "pJ per pixel"} <= set(page.texts)
    assert all(address.startswith("data:") for address in page.loaded)
    assert what_else(project.folder, "project") == ""


def test_a_report_is_made_again_alike(project: Project, sapm: Sapm, tmp_path: Path) -> None:
    before = Page(project.folder / PAGE).texts
    (project.folder / PAGE).unlink()
    assert sapm("report", project.folder) == 0
    assert Page(project.folder / PAGE).texts == before
    assert sapm("report", project.folder, "-o", tmp_path / "page.html") == 0
    assert is_report(tmp_path / "page.html")
    assert what_else(project.folder, "project") == ""


def test_comparing_leaves_a_report_that_names_the_difference(
    sapm: Sapm, project: Project, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = recorded_run(project, photograph, tmp_path / "run", wrong="sapm1.adder")
    assert sapm("report", broken) == 0
    assert "Simulated, and not compared yet" in Page(broken / PAGE).text
    assert sapm("compare", project.folder, broken) == 1
    assert f"report: {broken / PAGE}" in capsys.readouterr().out
    page = Page(broken / PAGE)
    assert "Not identical: RTL simulation of analysis" in page.text
    assert "sapm1.adder (L1Conv2d): channel 0, row 1, column 2" in page.text
    assert f"sapm compare {project.folder} {broken}" in page.text
    states = json.loads((broken / COMPARISON).read_text())["analysis"]["levels"]
    assert [name for name, state in states["rtl"]["states"].items() if state != "identical"] == ["sapm1.adder"]
    assert set(states["onnxruntime"]["states"].values()) == {"identical"}


def test_an_identical_run(sapm: Sapm, project: Project, photograph: Path, tmp_path: Path) -> None:
    run = recorded_run(project, photograph, tmp_path / "run")
    assert sapm("compare", project.folder, run) == 0
    text = Page(run / PAGE).text
    assert "Identical on every level" in text
    pixels = HEIGHT * WIDTH
    size = (run / "picture.sapm").stat().st_size
    assert f"{8 * size / pixels:.3f} per pixel {size:,} bytes" in text
    assert f"{7100 / pixels:.2f} per pixel simulated: analysis 7,100 (7,090 predicted)" in text


def test_a_read_only_run_is_compared_all_the_same(
    sapm: Sapm, project: Project, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = recorded_run(project, photograph, tmp_path / "run")
    (run / PAGE).write_text("<p>a page of mine</p>")
    assert sapm("compare", project.folder, run) == 0
    assert "no report is left" in capsys.readouterr().err
    assert (run / PAGE).read_text() == "<p>a page of mine</p>"


def test_a_synthesis_has_its_part(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(project.folder, folder)
    area = {"lut": 4321, "ff": 10, "bram": 2, "dsp": 0}
    made = {"family": "xcup", "clock_mhz": 200, "multiplications": 0, "area": area, "fmax_mhz": None}
    modules = [{"name": "lanes", "instances": 2, **area}]
    (folder / SYNTHESIS).write_text(json.dumps({"analysis": {**made, "modules": modules}}))
    report(folder)
    text = Page(folder / PAGE).text
    assert "Synthesized: area is measured, the clock is not" in text and "4,321" in text


HOSTILE = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 1'>"


@pytest.mark.parametrize("where", ["text", "command"])
def test_what_files_say_is_data(where: str, broken: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(broken, run)
    (run / COMMANDS).write_text(json.dumps(["sapm compare"]))
    tags = Page(report(run)).tags
    if where == "text":
        content = json.loads((run / COMPARISON).read_text())
        content["analysis"]["levels"]["rtl"]["text"] = HOSTILE
        (run / COMPARISON).write_text(json.dumps(content))
    else:
        (run / COMMANDS).write_text(json.dumps([HOSTILE]))
    report(run)
    page = Page(run / PAGE)
    assert page.tags == tags
    assert HOSTILE in page.text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (COMPARISON, "{", "must be JSON"),
        (COMPARISON, '{"analysis": 1}', "'analysis' must be an object"),
        (COMPARISON, '{"analysis": {"input": "x", "nodes": [], "levels": {"rtl": {}}}}', "must have the field"),
        ("cosim.json", '{"analysis": {"rtl": {"build_seconds": "long"}}}', "must be a number from 0 on"),
        ("design.json", '{"analysis": {}}', "must have the field 'input'"),
        (COMMANDS, '{"a": 1}', "must be a list"),
        ("picture.png", "no picture", "picture.png"),
    ],
)
def test_files_that_are_not_what_they_must_be(
    name: str, content: str, said: str, sapm: Sapm, broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(broken, run)
    (run / name).write_text(content)
    before = (run / PAGE).read_bytes()
    assert sapm("report", run) == 1
    assert said in " ".join(capsys.readouterr().err.split())
    assert (run / PAGE).read_bytes() == before


def test_other_folders_and_files_are_refused(
    sapm: Sapm, project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sapm("report", tmp_path) == 1
    assert "must be a folder that sapm demo, generate, synth" in " ".join(capsys.readouterr().err.split())
    (tmp_path / "mine.html").write_text("mine")
    assert sapm("report", project.folder, "-o", tmp_path / "mine.html") == 1
    assert "nothing else is overwritten without --force" in " ".join(capsys.readouterr().err.split())


def test_nodes_are_placed_below_what_they_read() -> None:
    inputs = {"a": ["x"], "b": ["x"], "c": ["a", "b"], "d": ["c", "x"]}
    placed = place("x", inputs)
    for name, reads in inputs.items():
        assert all(placed.places[other][1] < placed.places[name][1] for other in reads)
    columns = sorted((layer, x) for x, layer in placed.places.values())
    assert all(b[1] - a[1] >= 1 for a, b in pairwise(columns) if a[0] == b[0])
    with pytest.raises(ValueError, match="must read nodes before it"):
        place("x", {"a": ["b"], "b": ["x"]})


def test_the_record_of_a_run_knows_its_report(project: Project) -> None:
    record = Record.read(project.folder)
    assert record is not None and PAGE in record.files
    assert (project.folder / RECORD).is_file()


# In a real browser.


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as started:
        try:
            opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        except playwright.Error as error:
            pytest.skip(f"Chromium does not start: {error}")
        yield opened
        opened.close()


def opened(browser: Any, path: Path, width: int = 1000, scheme: str = "light") -> tuple[Any, list[str]]:
    """A page without a network, and what its console and its scripts complain of."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.extend([message.text] * (message.type in ("error", "warning"))))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: complaints.extend([sent.url] * (not sent.url.startswith(("file:", "data:")))))
    page.goto(path.absolute().as_uri())
    page.wait_for_function("document.documentElement.dataset.charts === 'drawn' || !document.getElementById('charts')")
    return page, complaints


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1600, "dark")])
def test_a_browser_shows_the_page(width: int, scheme: str, browser: Any, broken: Path) -> None:
    page, complaints = opened(browser, broken / PAGE, width, scheme)
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "Not identical" in page.inner_text("#verdict")
    assert page.locator(".box.bad").count() == 1
    assert page.locator("#bars canvas").count() >= 4
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (ground == "rgb(19, 21, 24)") == (scheme == "dark")


@pytest.mark.slow
def test_what_moves_on_the_page(browser: Any, broken: Path) -> None:
    page, complaints = opened(browser, broken / PAGE)
    shown = "getComputedStyle(document.querySelector('.after')).clipPath"
    assert page.evaluate(shown) == "inset(0px 0px 0px 50%)"
    page.locator(".split").fill("250")
    assert page.evaluate(shown) == "inset(0px 0px 0px 25%)"
    page.click("[data-zoom='4']")
    assert "matrix(4, 0, 0, 4" in page.evaluate("getComputedStyle(document.querySelector('.sheet')).transform")
    page.click(".differ")
    assert page.locator(".error").is_visible()
    page.click(".box.bad")
    card = page.inner_text(".card")
    assert "sapm1.adder" in card and "differs" in card and "LUT" in card
    page.keyboard.press("Escape")
    assert not page.locator(".card").is_visible()
    assert complaints == []


@pytest.mark.slow
def test_a_card_leaves_its_box_in_sight_on_a_phone(browser: Any, broken: Path) -> None:
    page, _ = opened(browser, broken / PAGE, 400)
    box = page.locator(".box[role]").last
    box.scroll_into_view_if_needed()
    box.click()
    page.wait_for_function(
        """() => { const card = document.querySelector(".card").getBoundingClientRect(),
                         box = document.querySelector(".box.chosen").getBoundingClientRect();
                   return card.height > 100 && box.bottom < card.top && box.top > 0; }""",
        timeout=20_000,
    )


@pytest.mark.slow
def test_a_chart_answers_to_the_pointer(browser: Any, tmp_path: Path) -> None:
    curves = [PlotCurve(HOSTILE, [(0.1, 25.0, "q1"), (0.5, 30.0, "q50"), (1.0, 35.0, "q99")], strong=True)]
    story = Story(HOSTILE, HOSTILE, Headline(HOSTILE, HOSTILE, True), plots=[Plot("PSNR", "bits", "dB", curves)])
    (tmp_path / PAGE).write_bytes(render(story))
    page, complaints = opened(browser, tmp_path / PAGE)
    box = page.locator(".chart").bounding_box()
    frame = "[...Bokeh.index.roots][0].frame"
    x, y = page.evaluate(f"[{frame}.x_scale.compute(0.5), {frame}.y_scale.compute(30)]")
    assert page.get_by_text(", q50").count() == 0
    page.mouse.move(box["x"] + x, box["y"] + y, steps=5)
    page.get_by_text(f"{HOSTILE}, q50").wait_for()
    assert page.evaluate("window.broken") is None
    assert complaints == []

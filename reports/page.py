"""Renders a story as one HTML file: template, style and script beside this file, pictures and charts within."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ops.files.text import visible
from reports.charts import bar_chart, curve_chart, library
from reports.pictures import ERROR_GAIN, data_url, difference, step_of
from reports.placing import Placed, place
from reports.story import Flow, Pictures, Story

FILES = Path(__file__).parent / "page_files"
TEMPLATE, STYLE, SCRIPT = "report.html.j2", "report.css", "report.js"

MARK = '<meta name="generator" content="sapm report">'
"""Near the beginning of every report, and of no other page."""

MARKED_WITHIN = 512
"""Bytes."""

COLUMN, LAYER, BOX, BOX_HEIGHT, MARGIN = 194, 66, 180, 44, 8
"""Pixels of a drawn graph: from node to node, from layer to layer, and of a node's box."""


def is_report(path: Path) -> bool:
    """Whether a file is a report, which another may replace."""
    with path.open("rb") as file:
        return MARK.encode() in file.read(MARKED_WITHIN)


def render(story: Story) -> bytes:
    """The whole page. Texts of the story are data, whatever is in them."""
    environment = Environment(
        loader=FileSystemLoader(FILES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {}  # an object of Bokeh's refers to what stands before it
    environment.finalize = lambda value: visible(value) if type(value) is str else value
    environment.filters["prose"] = _prose
    charts: dict[str, Any] = {}
    bars = [(title, [_chart(charts, bar_chart(one)) for one in row], row) for title, row in story.bars]
    plots = [(_chart(charts, curve_chart(plot)), plot) for plot in story.plots]
    page = environment.get_template(TEMPLATE).render(
        story=story,
        mark=MARK,
        style=_file(STYLE),
        script=_file(SCRIPT),
        library=_script(library()) if charts else "",
        charts=charts,
        box=BOX,
        bars=bars,
        plots=plots,
        flows=[Drawn.of(flow) for flow in story.flows],
        pictures=None if story.pictures is None else _pictures(story.pictures),
    )
    return page.encode()


def _prose(text: str) -> Markup:
    """Text in which what stands between backticks is code; all of it is data."""
    parts = [escape(visible(part)) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(visible(text))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts)
    )


def _chart(charts: dict[str, Any], item: dict[str, Any]) -> str:
    """The name of a chart's place on the page."""
    name = f"chart{len(charts)}"
    charts[name] = item
    return name


def _file(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


def _script(text: str) -> str:
    """A script that no tag within its text ends."""
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _pictures(pictures: Pictures) -> dict[str, Any]:
    rows, columns = pictures.before.shape[:2]
    step = step_of(rows, columns)
    shown, largest = difference(pictures.before, pictures.after)
    return {
        "rows": len(range(0, rows, step)),
        "columns": len(range(0, columns, step)),
        "step": step,
        "names": pictures.names,
        "before": data_url(pictures.before, step),
        "after": data_url(pictures.after, step),
        "difference": data_url(shown, step),
        "largest": largest,
        "gain": ERROR_GAIN,
    }


@dataclass(frozen=True)
class Drawn:
    """A data flow graph with the places of its boxes and lines, in pixels."""

    flow: Flow
    placed: Placed

    @classmethod
    def of(cls, flow: Flow) -> Drawn:
        """Raises ValueError for a graph that is none."""
        return cls(flow, place(flow.source, {node.name: node.inputs for node in flow.nodes}))

    @property
    def width(self) -> int:
        """Of the whole."""
        return round(self.placed.columns * COLUMN) + 2 * MARGIN

    @property
    def height(self) -> int:
        """Of the whole."""
        return (self.placed.layers - 1) * LAYER + BOX_HEIGHT + 2 * MARGIN

    @cached_property
    def boxes(self) -> Mapping[str, tuple[int, int]]:
        """Left and top of every box."""
        return {name: (round(x - BOX / 2), round(y)) for name, (x, y) in self._pixels.items()}

    @property
    def _pixels(self) -> dict[str, tuple[float, float]]:
        return {name: self._at(place) for name, place in self.placed.places.items()}

    @staticmethod
    def _at(place: tuple[float, int]) -> tuple[float, float]:
        return place[0] * COLUMN + MARGIN, place[1] * LAYER + MARGIN

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """Source, target and the path of every edge."""
        return [(one, other, self._path([self._at(place) for place in way])) for one, other, way in self.placed.ways]

    @staticmethod
    def _path(points: list[tuple[float, float]]) -> str:
        """From the lower side of the first box, straight past those between, to the upper side of the last."""
        (x, y), *rest = points
        y += BOX_HEIGHT
        text = f"M{x:.0f} {y:.0f}"
        for index, (to_x, to_y) in enumerate(rest):
            bend = (to_y - y) / 2
            text += f"C{x:.0f} {y + bend:.0f} {to_x:.0f} {to_y - bend:.0f} {to_x:.0f} {to_y:.0f}"
            x, y = to_x, to_y
            if index < len(rest) - 1:
                y += BOX_HEIGHT
                text += f"V{y:.0f}"
        return text

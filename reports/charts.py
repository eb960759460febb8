"""Bars and curves by Bokeh, as JSON for its library in the page; the page gives them the colours of its text."""

from __future__ import annotations

from typing import Any

from bokeh.embed import json_item
from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter
from bokeh.plotting import figure
from bokeh.resources import Resources

from reports.story import Bars, Plot, PlotCurve

PALETTE = ("#3987e5", "#e0762f", "#1ba27a", "#c75fd0", "#c9a227", "#d6506e", "#6f7bd9", "#7d8a3a", "#8f8f8f", "#4db4c4")
"""Colours that are told apart on light and on dark ground."""

BAR, MARKED = "#3987e5", "#e0762f"
ROW = 19
"""Pixels for a bar."""

PLOT_HEIGHT = 420

SIZES = ((1_000_000, "millions of"), (1000, "thousands of"))
"""Units of axes whose numbers are large, and what stands before the name of what is counted."""


def library() -> str:
    """Bokeh's own JavaScript, to be put into the page."""
    (text,) = Resources(mode="inline", components=["bokeh"]).js_raw[:1]
    return text


def bar_chart(bars: Bars) -> dict[str, Any]:
    """Horizontal bars from the top down."""
    names = list(bars.names)
    colours = [MARKED if name in bars.marked else BAR for name in names]
    most = max([*bars.values, 0.0]) or 1.0
    size, word = next(((size, word) for size, word in SIZES if most >= size), (1, ""))
    columns = {"name": names, "value": [value / size for value in bars.values], "text": list(bars.texts)}
    columns, most = {**columns, "colour": colours}, most / size
    made = _figure(f"{word} {bars.unit}".strip(), ROW * len(names) + 60, y_range=names[::-1], x_range=(0, 1.03 * most))
    drawn = made.hbar(
        y="name", right="value", height=0.72, fill_color="colour", line_color=None, source=ColumnDataSource(columns)
    )
    made.add_tools(HoverTool(renderers=[drawn], tooltips=[("", "@name"), ("", "@text")], mode="hline"))
    made.xaxis.formatter = NumeralTickFormatter(format="0.[00]")
    made.ygrid.visible = False
    made.yaxis.major_label_text_font_size = "11px"
    made.yaxis.major_tick_line_color = None
    return dict(json_item(made))


def curve_chart(plot: Plot) -> dict[str, Any]:
    """Curves with their points; a click on a name in the legend hides its curve."""
    made = _figure(plot.x_label, PLOT_HEIGHT, y_axis_label=plot.y_label)
    points = [_draw(made, curve, PALETTE[index % len(PALETTE)]) for index, curve in enumerate(plot.curves)]
    tips = [("", "@curve, @text"), (plot.x_label, "@x{0.000}"), (plot.y_label, "@y{0.00}")]
    made.add_tools(HoverTool(renderers=points, tooltips=tips, mode="mouse"))
    made.legend.click_policy = "hide"
    made.legend.location = "bottom_right"
    made.legend.label_text_font_size = "11px"
    made.legend.spacing, made.legend.padding, made.legend.glyph_height = 0, 6, 16
    return dict(json_item(made))


def _draw(made: Any, curve: PlotCurve, colour: str) -> Any:
    xs, ys, texts = (list(column) for column in zip(*curve.points, strict=True))
    source = ColumnDataSource({"x": xs, "y": ys, "text": texts, "curve": [curve.name] * len(xs)})
    style = {"line_color": colour, "line_width": 3 if curve.strong else 1.5, "legend_label": curve.name}
    made.line("x", "y", source=source, **style)
    size = 8 if curve.strong else 5
    return made.scatter("x", "y", source=source, color=colour, size=size, legend_label=curve.name)


def _figure(x_label: str, height: int, **settings: Any) -> Any:
    return figure(
        height=height,
        x_axis_label=x_label,
        sizing_mode="stretch_width",
        toolbar_location=None,
        tools="",
        min_width=0,
        background_fill_color=None,  # what is first drawn in white leaves a line on dark ground
        border_fill_color=None,
        outline_line_color=None,
        **settings,
    )

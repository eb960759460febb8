"""A report as one HTML file that needs no network: what was found, as a page that anyone can open."""

from reports.page import MARK, is_report, render
from reports.story import Bars, Check, Fact, Flow, FlowNode, Headline, Pictures, Plot, PlotCurve, Story, TextTable

__all__ = [
    "MARK",
    "Bars",
    "Check",
    "Fact",
    "Flow",
    "FlowNode",
    "Headline",
    "Pictures",
    "Plot",
    "PlotCurve",
    "Story",
    "TextTable",
    "is_report",
    "render",
]

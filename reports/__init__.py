"""A report as one HTML file that needs no network: what was found, as a page that anyone can open."""

from reports.page import MARK, is_report, render
from reports.story import Bars, Check, Curve, Fact, Flow, Node, Pictures, Plot, Story, Table, Verdict

__all__ = [
    "MARK",
    "Bars",
    "Check",
    "Curve",
    "Fact",
    "Flow",
    "Node",
    "Pictures",
    "Plot",
    "Story",
    "Table",
    "Verdict",
    "is_report",
    "render",
]

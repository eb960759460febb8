"""Results as tables on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple

from rich.console import Group
from rich.table import Table

from cli.console import styled
from cli.grid import grid
from hls.fold.fitting import Design
from sapm.findings import Report
from sapm.levels import Comparison
from sapm.project_report import COLUMNS, FOLDING_COLUMNS, ReportRow, rows, title
from sapm.simulation import Timing

SCREEN_COLUMNS = ("node", "folding", "cycles", "busy", "LUT", "FF", "BRAM")
"""Those for which 80 characters have room; a folding is written as `--folding` takes it."""


def comparison_table(results: Iterable[Comparison], where: str = "") -> Table:
    """Verdict for each transform and level; `where` names a run among several."""
    title = f"{where}: bit for bit" if where else "bit for bit"
    table = grid("transform", "level", "beside the golden model", title=title, words=3)
    for result in results:
        style = "green" if result.verdict.identical else "bold red"
        table.add_row(result.transform, result.level, styled(str(result.verdict), style))
    return table


def difference_table(comparison: Comparison) -> Table:
    """Every tensor of a comparison that differs; those where faults begin are bold."""
    verdict = comparison.verdict
    title = f"{comparison.transform}, {comparison.level}: what differs"
    heads = "tensor", "differ", "share", "largest", "first at", "expected", "found", "cycle"
    table = grid(*heads, title=title, overflow="fold")
    for found in verdict.differences:
        share = f"{100 * found.elements / found.size:.3g} %"
        place = f"{found.channel},{found.row},{found.column}"
        numbers = found.largest, place, found.expected, found.found, "" if found.cycle is None else found.cycle
        style = "bold" if found.tensor in verdict.culprits else ""
        table.add_row(found.tensor, str(found.elements), share, *map(str, numbers), style=style)
    return table


def design_table(transform: str, design: Design) -> Table:
    """What each node of a design takes, the bottleneck in bold."""
    table = grid(*SCREEN_COLUMNS, title=title(transform, design), no_wrap=True)
    table.caption, table.caption_justify = f"folding: {', '.join(FOLDING_COLUMNS)}; ones at its end left out", "left"
    for row in rows(design):
        cells = dict(zip(COLUMNS, row.cells(), strict=True)) | {"folding": _folding(row)}
        style = "bold" if row.is_slowest or row.name == "whole" else ""
        table.add_row(*(cells[column] for column in SCREEN_COLUMNS), style=style)
    return table


def _folding(row: ReportRow) -> str:
    """As JSON without brackets: rows and interleave may be left out where they are 1."""
    if row.folding is None:
        return ""
    numbers = astuple(row.folding)
    least = next((count for count in (2, 3) if set(numbers[count:]) == {1}), len(numbers))
    return ",".join(map(str, numbers[:least]))


def report_screen(report: Report) -> Group:
    """The summary of a demonstration."""
    verdict = ("identical on every level", "green") if report.identical else ("NOT identical", "bold red")
    return Group(
        styled(f"{report.picture}, {report.width}x{report.height}: ")
        + styled(*verdict)
        + styled(f", quality {report.coded_at_quality:g}, {report.file_bytes} bytes, {report.quality}"),
        comparison_table(report.comparisons),
        _cycles(report),
        _operations(report),
    )


def _cycles(report: Report) -> Table:
    table = grid("transform", "cycles", "predicted", "cycles per pixel", "build [s]", "simulation [s]")
    pixels = report.height * report.width
    for transform, row in report.timings.items():
        rtl = row["rtl"]
        assert rtl.cycles is not None
        cells = rtl.cycles, rtl.predicted_cycles, f"{rtl.cycles / pixels:.2f}", *_seconds(rtl)
        table.add_row(transform, *map(str, cells))
    return table


def _operations(report: Report) -> Table:
    table = grid("operations per pixel", *report.operations)
    for kind in sorted({kind for row in report.operations.values() for kind in row}):
        table.add_row(kind, *(f"{row.get(kind, 0):.1f}" for row in report.operations.values()))
    return table


def _seconds(timing: Timing) -> tuple[str, str]:
    return f"{timing.build_seconds:.0f}", f"{timing.run_seconds:.0f}"

"""Results as tables on the screen."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from cli.console import styled
from sapm.levels import Comparison


def comparison_table(results: Iterable[Comparison]) -> Table:
    """Verdict for each transform and level."""
    table = Table("transform", "level", "beside the golden model", title="bit for bit", title_justify="left")
    for result in results:
        style = "green" if result.verdict.identical else "bold red"
        table.add_row(result.transform, result.level, styled(str(result.verdict), style))
    return table

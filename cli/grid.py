"""How tables on the screen look: a line below the heads, words at the left of their column, numbers at the right."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text


class Grid(Table):
    """A table below a heading that has the width of the screen: rich wraps a title at the width of its table."""

    heading = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.heading:
            yield Text(self.heading, style="table.title")
        yield from super().__rich_console__(console, options)


def grid(*heads: str, title: str = "", words: int = 1, **columns: Any) -> Grid:
    """A table without rows, of which the first `words` columns hold words, the others numbers; `columns` are options
    of all columns, such as `no_wrap`."""
    table = Grid(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.heading = title
    for index, head in enumerate(heads):
        table.add_column(head, justify="left" if index < words else "right", **columns)
    return table

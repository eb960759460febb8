"""How tables on the screen look: a line below the heads, words at the left of their column, numbers at the right."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text


def grid(*heads: str, title: str = "", words: int = 1, **columns: Any) -> Table:
    """A table without rows, of which the first `words` columns hold words, the others numbers; `columns` are options
    of all columns, such as `no_wrap`."""
    head = Text(title, no_wrap=True, overflow="ellipsis") if title else None
    table = Table(title=head, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for index, name in enumerate(heads):
        table.add_column(name, justify="left" if index < words else "right", **columns)
    return table

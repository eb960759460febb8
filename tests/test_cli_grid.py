"""How tables on the screen look."""

from __future__ import annotations

import io

from rich.console import Console

from cli.grid import grid


def test_the_title_of_a_narrow_table_has_the_width_of_the_screen() -> None:
    title = (
        "synthesis: 4.71 inputs of 16x16 a second at 100 MHz, last [of all] is the slowest; ecp5-85: 20 % of the LUTs"
    )
    table = grid("node", "LUT", title=title)
    table.add_row("last", "664")
    for width, lines in ((120, 1), (80, 2)):
        shown = Console(width=width, file=io.StringIO(), record=True)
        shown.print(table)
        printed = shown.export_text().splitlines()
        assert " ".join(" ".join(printed[:lines]).split()) == title
        assert printed[-2].split() == ["last", "664"] and max(map(len, printed)) <= width

"""Results as tables on the screen."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from cli.levels import Comparison
from hls.folded import FoldedGraph
from hls.prediction import predict


def comparison_table(results: Iterable[Comparison]) -> Table:
    """Verdict for each transform and level."""
    table = Table("transform", "level", "beside the golden model", title="bit for bit", title_justify="left")
    for result in results:
        style = "green" if result.verdict.identical else "bold red"
        table.add_row(result.transform, result.level, f"[{style}]{result.verdict}[/]")
    return table


def folding_table(folded: FoldedGraph) -> Table:
    """PE, SIMD, cycles and utilization of each node for the largest picture."""
    prediction = predict(folded, folded.max_height, folded.max_width)
    title = f"{folded.graph.name}: {prediction.total} cycles for {folded.max_width}x{folded.max_height}"
    table = Table("node", "operation", "PE", "SIMD", "cycles", "busy", title=title, title_justify="left")
    for node in prediction.nodes:
        cells = node.name, node.operation, node.pe, node.simd, node.cycles, f"{node.utilization:.0%}"
        table.add_row(*map(str, cells), style="bold" if node.name == prediction.slowest else "")
    return table

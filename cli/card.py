"""`sapm card`: the model card of a folder of checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Force, Output
from cli.console import answer, say
from sapm.card import write_card
from sapm.wording import count


def card(
    checkpoints: Annotated[Path, typer.Argument(metavar="FOLDER", help="folder of checkpoints (.npz)")],
    output: Output,
    results: Annotated[list[Path] | None, typer.Option(help="results.json of `sapm evaluate`; repeatable")] = None,
    notes: Annotated[Path | None, typer.Option(help="Markdown on data and licences, taken over as it is")] = None,
    force: Force = False,
) -> None:
    """Write the model card of a folder of checkpoints."""
    made = write_card(checkpoints, output, results or (), notes, force)
    say(f"{output}: {count(made, 'checkpoint')}")
    answer({"card": str(output), "checkpoints": made})

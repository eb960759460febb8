"""`sapm energy`: what the transforms of codecs spend on a pixel, the paper's way and operation by operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from cli.arguments import Force, Output, named_path
from cli.console import answer, console
from cli.grid import grid
from evaluation.energy_tables import Account
from ops.files import check_folder
from sapm.accounts import KIND, account_of, check_names, write_accounts
from sapm.bundle import TRANSFORMS


def energy(
    codecs: Annotated[
        list[str], typer.Argument(metavar="[NAME=]CODEC...", help="codec folders or quantized checkpoints")
    ],
    output: Output,
    force: Force = False,
) -> None:
    """Count the operations of both transforms and what they cost at 45 nm; the first codec is the one compared with."""
    check_folder(output, KIND, force, [named_path(text)[1] for text in codecs])
    accounts = [account_of(path, label) for label, path in map(named_path, codecs)]
    check_names(accounts)
    written = write_accounts(accounts, output, force)
    for account in accounts:
        if account.is_plain:
            reason = "neither an adder array nor a convolution of single powers of two"
            console.print(f"{account.name}: counted with multipliers, it has {reason}")
        if account.unknown:
            console.print(f"{account.name}: {', '.join(account.unknown)} counts nothing: what it spends is unknown")
    console.print(_summary(accounts))
    console.print(_layers(accounts))
    console.print(f"{output}: {', '.join(written)}")
    answer({"energy": str(output), **{account.name: account.summary() for account in accounts}})


def _summary(accounts: Sequence[Account]) -> Table:
    columns = "the paper's way: branches", "in integers: branches", "in integers: all"
    table = grid("codec", "transform", *columns, title="pJ per pixel (times the first codec)", words=2)
    first = accounts[0].summary()
    for account in accounts:
        for transform, row in account.summary().items():
            cells = [_relative(row[method], first[transform][method], account is accounts[0]) for method in row]
            table.add_row(account.name, transform, *cells)
    return table


def _relative(energy: float, reference: float, is_first: bool) -> str:
    return f"{energy:.1f}" if is_first or reference == 0 else f"{energy:.1f} (x{energy / reference:.2f})"


def _layers(accounts: Sequence[Account]) -> Table:
    """Every operation counted; a codec without a layer has a dash."""
    names = [account.name for account in accounts]
    table = grid("transform", "layer", *names, title="pJ per pixel by layer, in integers", words=2)
    for transform in TRANSFORMS:
        of_account = [account.by_layer(transform) for account in accounts]
        for layer in dict.fromkeys(layer for row in of_account for layer in row):
            table.add_row(transform, layer, *(f"{row[layer]:.1f}" if layer in row else "-" for row in of_account))
    return table

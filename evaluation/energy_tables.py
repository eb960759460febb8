"""Energy ledgers as files: JSON, CSV and a picture of stacked bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from evaluation.drawing import PALETTE, figure_files, plain_axes, shown
from evaluation.energy import MAIN_PARTS, METHODS, PARTS, Entry, has_multipliers, ledger, total, unknown_nodes
from evaluation.tables import write_csv, write_json
from model.codec import TRANSFORMS
from ops import Graph

ENERGY = "energy.json"

COLOURS = dict(zip(PARTS, PALETTE, strict=True))
TITLES = {"paper": "as the paper counts: branches only, 32 bits", "integer": "every operation, at its width"}


@dataclass(frozen=True)
class Account:
    """A codec's ledger over both transforms; `is_plain`: counted on hardware with multipliers."""

    name: str
    is_plain: bool
    entries: list[Entry]

    @classmethod
    def of(cls, name: str, graphs: Sequence[Graph]) -> Account:
        """The account of both transforms."""
        return cls(name, all(map(has_multipliers, graphs)), [entry for graph in graphs for entry in ledger(graph)])

    @property
    def unknown(self) -> list[str]:
        """Nodes of which no one knows what they spend."""
        return unknown_nodes(self.entries)

    def by_layer(self, transform: str) -> dict[str, float]:
        """pJ for each pixel of the layers of a transform, in order, every operation counted."""
        chosen = [entry for entry in self.entries if (entry.method, entry.transform) == ("integer", transform)]
        return {
            layer: sum(entry.energy for entry in chosen if entry.layer == layer)
            for layer in dict.fromkeys(entry.layer for entry in chosen)
        }

    def summary(self) -> dict[str, dict[str, float]]:
        """pJ for each pixel by transform (and both): as the paper counts, and in integers, branches alone and all."""
        return {
            transform or "both": {
                "paper": total(self.entries, "paper", transform=transform),
                "integer_main": total(self.entries, "integer", MAIN_PARTS, transform),
                "integer": total(self.entries, "integer", transform=transform),
            }
            for transform in (*TRANSFORMS, None)
        }


def write_energy(accounts: Sequence[Account], folder: Path) -> None:
    """Writes energy.json, energy.csv, energy.png and energy.svg."""
    rows: list[dict[str, Any]] = [
        {"codec": account.name, **asdict(entry), "layer": entry.layer}
        for account in accounts
        for entry in account.entries
    ]
    content: Mapping[str, Any] = {
        "format": 1,
        "unit": "pJ for each pixel of the picture",
        "codecs": [
            {
                "name": account.name,
                "has_multipliers": account.is_plain,
                "unknown": account.unknown,
                "summary": account.summary(),
            }
            for account in accounts
        ],
        "entries": rows,
    }
    write_json(folder / ENERGY, content)
    write_csv(folder / "energy.csv", rows)
    _draw(accounts, folder)


def _draw(accounts: Sequence[Account], folder: Path) -> None:
    with figure_files(folder, "energy", 10.5, 1.6 + 0.42 * 2 * len(accounts)) as (figure, _):
        panels = figure.subplots(1, len(METHODS), sharey=True)
        for axes, method in zip(panels, METHODS, strict=True):
            _bars(axes, accounts, method)
        used = {entry.part for account in accounts for entry in account.entries}
        handles, labels = panels[-1].get_legend_handles_labels()
        shown = [(handle, label) for handle, label in zip(handles, labels, strict=True) if label in used]
        figure.legend(*zip(*shown, strict=True), loc="outside lower center", ncols=len(shown), frameon=False)


def _bars(axes: Axes, accounts: Sequence[Account], method: str) -> None:
    """A bar for each transform of each codec, from the top down."""
    places = [(transform, account) for transform in TRANSFORMS for account in accounts][::-1]
    names = [shown(f"{transform}, {account.name}") for transform, account in places]
    starts = [0.0] * len(places)
    for part in PARTS:
        widths = [total(account.entries, method, (part,), transform) for transform, account in places]
        axes.barh(names, widths, left=starts, color=COLOURS[part], label=part, height=0.66)
        starts = [start + width for start, width in zip(starts, widths, strict=True)]
    for place, end in enumerate(starts):
        axes.annotate(f"{end:.0f}", (end, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_xlim(0, 1.12 * max(starts, default=1.0) or 1.0)
    axes.set_title(TITLES[method], loc="left", fontsize=10)
    axes.set_xlabel("pJ per pixel")
    plain_axes(axes, "x")

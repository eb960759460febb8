"""What a report tells of comparing every level with the golden model: where all are identical, or where not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import Check, Headline
from sapm.wording import listed

LEVELS = {
    "torch": "quantized PyTorch",
    "onnxruntime": "ONNX Runtime",
    "hls": "HLS C simulation",
    "rtl": "RTL simulation",
    "foreign": "RTL of another tool",
    "netlist": "netlist simulation",
}
"""Levels in words."""


def checks(compared: Mapping[str, Any]) -> list[Check]:
    """A line for each level of each graph."""
    return [
        Check(name, LEVELS.get(level, level), row["text"], row["identical"])
        for name, entry in compared.items()
        for level, row in entry["levels"].items()
    ]


def verdict(compared: Mapping[str, Any], alike: bool = True) -> Headline:
    """Identical on every level, or where not first. `alike`: hardware and software decoded the same picture."""
    rows = [(name, level, row) for name, entry in compared.items() for level, row in entry["levels"].items()]
    if not rows:
        return Headline("Simulated, and not compared yet", "`sapm compare` tells whether every tensor is right.")
    tensors = max(sum(row["tensors"] for name, one, row in rows if one == level) for _, level, _ in rows)
    elements = max(sum(row["elements"] for name, one, row in rows if one == level) for _, level, _ in rows)
    levels = [LEVELS.get(level, level) for level in dict.fromkeys(level for _, level, _ in rows)]
    each = " each" if len(levels) > 1 else ""
    subjects = listed(levels)
    what = (
        f"{subjects[0].upper()}{subjects[1:]} computed {tensors} tensors of {listed(compared)}, {elements:,} "
        f"integers{each}; all were compared, bit for bit, with the golden model, the same arithmetic in software."
    )
    wrong = [(name, level, row) for name, level, row in rows if not row["identical"]]
    if not wrong:
        if alike:
            return Headline("Identical on every level", what, True)
        return Headline("Not identical: hardware and software decode the file to different pictures", what, False)
    name, level, row = wrong[0]
    more = f" ({len(wrong) - 1} more below)" if len(wrong) > 1 else ""
    text = row["text"].removeprefix("different: ")
    return Headline(f"Not identical: {LEVELS.get(level, level)} of {name}", f"{text}{more}. {what}", False)

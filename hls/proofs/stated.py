"""What is stated of modules: files in `properties/` beside them, each the inside of the module it has the name of.

Comments say what is shown, how, and for which parameters:

    // Property: an offer stands until it is taken
    // Proof: induction, Width=1 Depth=2
    // Proof: bound 16, Width=1 Depth=3
    // Proof: all inputs 4, Lanes=3

By induction: in whatever state the assertions hold, they hold after another cycle; so they hold for ever. To a bound:
in so many cycles from the first reset on. For all inputs: of a module without a state, or of a pipeline, which has
forgotten all else after so many cycles. Inside, a macro has the name of the method: INDUCTION, BOUND or ALL_INPUTS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from hls.proofs.proof import ALL_INPUTS, BOUND, INDUCTION, Proof
from hls.rtl.library import library

PROPERTIES = "properties"
SIMULATION_ONLY = {"stream_protocol", "stream_tap"}
"""Modules that are no hardware."""

PROPERTY = "// Property: "
STATED = re.compile(rf"// Proof: ({INDUCTION}|{BOUND}|{ALL_INPUTS}) ?(\d*)((?:,? \w+=\S+)*)")


def stated_proofs() -> Iterator[Proof]:
    """All proofs, by module."""
    for name, path in library().items():
        yield from proofs_of(name, path)


def proofs_of(name: str, path: Path) -> Iterator[Proof]:
    """Those of the module that a file holds. Raises ValueError where what is stated of it is not of the form above."""
    stated = path.parent / PROPERTIES / path.name
    if not stated.exists():
        return
    shown = ""
    for line in re.findall(r"^// (?:Property|Proof):.*", stated.read_text(), re.M):
        if line.startswith(PROPERTY):
            shown = line.removeprefix(PROPERTY)
            continue
        found = STATED.fullmatch(line)
        if found is None or not shown:
            raise ValueError(
                f"{stated}: behind a property must stand '// Proof: METHOD [CYCLES], NAME=VALUE ..', not {line!r}"
            )
        parameters = dict(word.split("=") for word in found[3].replace(",", " ").split())
        yield Proof(name, shown, found[1], int(found[2] or 0), parameters, path, stated)

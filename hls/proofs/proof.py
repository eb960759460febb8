"""One proof: a module with what is stated of it inside, as Yosys' SAT solver gets it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hls.rtl.library import library, memory_text, modules_used
from hls.rtl.registers import render_package
from hls.synth.tools import YOSYS
from ops import Memory
from ops.banks import banked

PARTS = Path(__file__).with_name("parts.sv")
"""Modules that statements are made of."""

WORDS, BANK = "words.mem", 4
"""A file of eight words for read-only memories, and how many of them lie in a bank where there are banks."""

INDUCTION, BOUND, ALL_INPUTS = "induction", "bound", "all inputs"
MOST_STEPS = 8
"""Cycles in a row in which an induction may suppose what it shows."""


@dataclass(frozen=True)
class Proof:
    """What is shown of a module with `parameters`: by which method, in how many `cycles` where it counts them.

    `source` is the module's file, `stated` that of the assertions, which are put inside it.
    """

    module: str
    shown: str
    method: str
    cycles: int
    parameters: Mapping[str, str]
    source: Path
    stated: Path

    @property
    def name(self) -> str:
        """The module, and the parameters."""
        return "-".join([self.module, *(f"{name}{value}" for name, value in self.parameters.items())])

    @property
    def macro(self) -> str:
        """What is defined where the method is this one."""
        return self.method.upper().replace(" ", "_")

    def text(self, source: str | None = None) -> str:
        """The module, or `source` in its place, with its assertions, and all modules that it needs."""
        text = self.source.read_text() if source is None else source
        own = {name: path for name, path in library().items() if name != self.module}
        body, end, after = text.rpartition("endmodule")
        inside = f"{with_parameters(body, self.parameters)}{self.stated.read_text()}{end}{after}"
        package = [render_package()] if "sapm_registers" in inside else []
        return "\n".join([*package, PARTS.read_text(), *modules_used(inside, own).values(), inside])


def with_parameters(module: str, values: Mapping[str, str]) -> str:
    """The text of a module with other defaults. Raises ValueError where it has no such parameter."""
    for name, value in values.items():
        module, count = re.subn(rf"(\bparameter\b[^=\n]*\b{name}\s*=\s*)[^,\s]+", rf"\g<1>{value}", module, count=1)
        if not count:
            raise ValueError(f"a proof must set parameters that its module has, not {name!r}")
    return module


def _script(proof: Proof, question: str, macros: str = "") -> str:
    macros = f"-DSYNTHESIS -D{proof.macro}{macros}"
    return "\n".join(
        [
            f"read_verilog -sv -formal {macros} proof.sv",
            f"hierarchy -check -top {proof.module}",
            "proc",
            "flatten",
            "memory_map",
            "opt -fast",
            "chformal -lower",
            "dffunmap",
            "opt_clean",
            "select -assert-min 1 t:$assert",
            f"sat {question}\n",
        ]
    )


def _run(text: str, script: str) -> str:
    with tempfile.TemporaryDirectory(prefix="sapm-proof-") as folder:
        Path(folder, "proof.sv").write_text(text)
        memory = Memory(tuple((29 * index + 11) % 31 for index in range(8)), 5)
        for suffix, part in {"": memory, **banked(memory, BANK)}.items():
            Path(folder, f"{WORDS}{suffix}").write_text(memory_text(part))
        Path(folder, "proof.ys").write_text(script)
        return YOSYS.run(["-s", "proof.ys"], Path(folder))


def prove(proof: Proof, source: str | None = None) -> None:
    """Raise SynthError unless a proof holds, of the module or of `source` in its place."""
    sequence = f" -seq {proof.cycles}" if proof.cycles else ""
    question = f"-verify -prove-asserts -set-assumes{sequence}"
    if proof.method == INDUCTION:
        question = f"-verify -tempinduct -prove-asserts -set-assumes -seq 1 -maxsteps {MOST_STEPS}"
    _run(proof.text(source), _script(proof, question))


def check_not_vacuous(proof: Proof) -> None:
    """Raise SynthError where what is assumed lets nothing happen: some cycles must pass after the first reset."""
    _run(proof.text(), _script(proof, "-falsify -prove-asserts -set-assumes -seq 6", " -DPROOF_REACH"))

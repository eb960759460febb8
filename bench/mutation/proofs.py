"""Mutants of the RTL under the proofs of their modules: one mutant at a time, its text in place of the module's."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from pathlib import Path

from bench.mutation.record import MutantRecord
from bench.mutation.verilog import VARIABLE, mutated
from hls.proofs import Proof, prove, stated_proofs
from hls.rtl.library import library
from hls.synth.tools import SynthError

TOP = "top"
CONDITION = re.compile(rf"\b{TOP}\.{VARIABLE} (==|!=) (\d+)")
FAILS = "did fail"
"""What the solver says of a property that does not hold."""


def living(text: str, number: int) -> str:
    """The text of a module in which one of its mutants lives (0: none), and no variable asks which."""
    return CONDITION.sub(lambda found: f"1'b{int((found[1] == '==') == (int(found[2]) == number))}", text)


def killer_of(proofs: list[Proof], text: str) -> str | None:
    """What fails of a module with this text; None where all proofs hold. Raises SynthError where a tool gives up."""
    for proof in proofs:
        try:
            prove(proof, text)
        except SynthError as error:
            if FAILS not in str(error):
                raise
            return f"{proof.name}: {error}"[:300]
    return None


class ProofBench:
    """Proofs of all modules that have mutants."""

    name = "proofs"

    def run(self, record: MutantRecord, sample: int | None) -> None:
        """Run all mutants, or so many, that wait for this bench."""
        proofs = defaultdict[str, list[Proof]](list)
        for proof in stated_proofs():
            proofs[proof.module].append(proof)
        made = {module: mutated(library()[module], TOP) for module in proofs}
        waiting = record.waiting([mutant for module in made.values() for mutant in module.mutants], self.name)[:sample]
        for module in {Path(mutant.file).stem for mutant in waiting}:
            if killer := killer_of(proofs[module], living(made[module].text, 0)):
                raise RuntimeError(f"sound hardware fails: {killer}")
        for mutant in waiting:
            module, begin = Path(mutant.file).stem, time.monotonic()
            killer = killer_of(proofs[module], living(made[module].text, mutant.number))
            record.add(mutant, self.name, killer, time.monotonic() - begin)

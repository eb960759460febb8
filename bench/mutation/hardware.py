"""Mutants of the RTL: which benches see which modules, one simulation for all mutants of a bench."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from bench.mutation.instances import Parameters, modules_of
from bench.mutation.mutant import Mutant
from bench.mutation.record import MutantRecord
from bench.mutation.verilog import mutated, with_variable
from hls.rtl.library import library, modules_used
from rtl_sim.primitive_cases import CASES_VARIABLE, QUICK, TOP, Case, build_cases, cases, render_top
from rtl_sim.runners import SimulatorError
from rtl_sim.simulator import Simulation, run

CHECKERS = ("stream_protocol", "stream_tap")
"""Modules of the simulation alone."""

LENIENT = replace(
    QUICK,
    verilator_arguments=(*QUICK.verilator_arguments, "-Wno-fatal", "-Wno-lint", "-Wno-style"),
    random_start=True,
)
"""How mutants are compiled: what is odd in them is no matter."""


def mutated_modules(names: Iterable[str], top: str, folder: Path) -> tuple[dict[str, Path], list[Mutant]]:
    """The modules with all their mutants, written into `folder`, and these, numbered through."""
    folder.mkdir(parents=True, exist_ok=True)
    sources, mutants = {}, list[Mutant]()
    for name in sorted(set(names) - set(CHECKERS)):
        made = mutated(library()[name], top, len(mutants) + 1)
        sources[name] = folder / f"{name}.sv"
        sources[name].write_text(made.text)
        mutants += made.mutants
    return sources, mutants


@dataclass
class Runs:
    """A simulation in which mutants live one after the other; runs begin anew where one breaks it off.

    What the bench itself sees suffices for most of them; `checked`, checkers within the hardware look as well.
    """

    simulation: Simulation
    module: str
    folder: Path
    environment: Mapping[str, str]
    checked: bool = False
    found: Path = field(init=False)

    def __post_init__(self) -> None:
        self.found = self.folder / "found.jsonl"

    def __call__(self, mutants: list[Mutant]) -> Iterator[tuple[Mutant, str | None, float]]:
        """What is found of each mutant (None: nothing), and seconds."""
        left = list(mutants)
        while left:
            begin = time.monotonic()
            said = self._part(left[:PART])
            seconds = (time.monotonic() - begin) / max(1, len(said))
            done = [mutant for mutant in left if mutant.number in said]
            yield from ((mutant, said[mutant.number], seconds) for mutant in done)
            left = [mutant for mutant in left if mutant.number not in said]

    def _part(self, mutants: list[Mutant]) -> dict[int, str | None]:
        self.found.unlink(missing_ok=True)
        numbers = json.dumps([mutant.number for mutant in mutants])
        environment = {**self.environment, "SAPM_MUTANTS": numbers, "SAPM_FOUND": str(self.found)}
        message = "the simulation broke off without a word"
        try:
            run(self.simulation, self.module, self.folder, environment=environment, arguments=UNCHECKED[self.checked])
        except SimulatorError as error:
            message = str(error)[:300]
        lines = self.found.read_text().splitlines() if self.found.exists() else []
        said: dict[int, str | None] = {}
        for number, killer in map(json.loads, lines):
            if number:
                said[number] = killer
            elif killer:
                raise RuntimeError(f"sound hardware fails: {killer}")
        broken = [mutant for mutant in mutants if mutant.number not in said]
        if broken and not any(words in message for words in ("%Error", "broke off")):
            raise RuntimeError(f"the bench fails: {message}")
        return said | {mutant.number: message for mutant in broken[:1]}


UNCHECKED = (("+verilator+noassert",), ())
"""Arguments of the simulator without checkers, which end it when they fail, and with them."""

PART = 60
"""Mutants of one run of the simulator."""


def _cycles(case: Case) -> int:
    return case.hardware.cycles(*case.example.inputs[0].shape[1:])


def _merged(parts: Iterable[Mapping[str, set[Parameters]]]) -> dict[str, set[Parameters]]:
    """Modules with the parameters that they have in one part or another."""
    found: dict[str, set[Parameters]] = {}
    for part in parts:
        for module, values in part.items():
            found.setdefault(module, set()).update(values)
    return found


@dataclass(frozen=True)
class PrimitiveBench:
    """The bench of primitives: for each module some of the shortest cases that have it, or all of them."""

    folder: Path
    most: int | None
    longest: int

    @property
    def name(self) -> str:
        """Its name in records."""
        return "primitives" if self.most else "all primitives"

    @cached_property
    def chosen(self) -> dict[str, list[Case]]:
        """The cases of each module: of the shortest that have an instance of it, those with other parameters first.

        Modules that no case of this length has are left out: no mutant of theirs is run under nothing."""
        fitting = [case for case in cases() if _cycles(case) <= self.longest]
        text, modules = render_top(fitting), library()
        instances = modules_of(text, [modules[name] for name in modules_used(text, modules)])
        within = {case.name: _merged(instances[name] for name in case.instances) for case in fitting}
        ranked = sorted(fitting, key=_cycles)
        found: dict[str, list[Case]] = {}
        for module in set().union(*within.values()) - set(CHECKERS):
            having = [case for case in ranked if module in within[case.name]]
            kinds = {min(within[case.name][module]): case for case in reversed(having)}
            first = sorted(kinds.values(), key=_cycles)
            found[module] = list({case.label: case for case in [*first, *having]}.values())[: self.most]
        return found

    def run(self, record: MutantRecord, sample: int | None) -> None:
        """Run all mutants, or so many, that wait for this bench."""
        sources, mutants = mutated_modules(self.chosen, TOP, self.folder / "mutated")
        waiting = record.waiting(mutants, self.name)[:sample]
        if not waiting:
            return
        labels = {case.label for of_module in self.chosen.values() for case in of_module}
        built = [case for case in cases() if case.label in labels]
        simulation = self._built(built, sources)
        for case_list in self._groups(waiting):
            of_group = [m for m in waiting if tuple(c.label for c in self.chosen[Path(m.file).stem]) == case_list]
            job = self.folder / "cases.json"
            job.write_text(json.dumps([case.label for case in built]))
            environment = {CASES_VARIABLE: str(job), "SAPM_DRIVEN": json.dumps(case_list)}
            runs = Runs(simulation, "bench.mutation.primitive_loop", self.folder, environment, self.most is None)
            for mutant, killer, seconds in runs(of_group):
                record.add(mutant, self.name, killer, seconds)

    def _groups(self, mutants: list[Mutant]) -> list[tuple[str, ...]]:
        lists = (tuple(case.label for case in self.chosen[Path(mutant.file).stem]) for mutant in mutants)
        return list(dict.fromkeys(lists))

    def _built(self, built: list[Case], sources: Mapping[str, Path]) -> Simulation:
        nowhere = self.folder.resolve() / "none"
        return build_cases(built, self.folder, sources, LENIENT, lambda text: with_variable(text, TOP, nowhere))

"""What a record of mutants says: how many were run, killed and explained, and who survives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.mutation.record import MutantRecord


@dataclass(frozen=True)
class Score:
    """Counts of mutants. Those that are `equivalent`, for a reason that is written down, no test can kill."""

    run: int
    killed: int
    equivalent: int
    survivors: list[str]

    @classmethod
    def of(cls, record: MutantRecord, reasons: Mapping[str, str]) -> Score:
        """The score of a record; `reasons` say of mutants, by their labels, why they are no faults."""
        known = record.known()
        alive = sorted(label for label, said in known.items() if not any(said.values()))
        survivors = [label for label in alive if label not in reasons]
        return cls(len(known), len(known) - len(alive), len(alive) - len(survivors), survivors)

    @property
    def share(self) -> float:
        """Killed of those that can be, 0 to 1."""
        return self.killed / max(1, self.run - self.equivalent)

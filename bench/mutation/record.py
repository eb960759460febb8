"""A record of mutants: a line of JSON for each of them under each bench; a run goes on where it broke off."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.mutation.mutant import ROOT, Mutant


@cache
def digest(file: str) -> str:
    """The beginning of the SHA-256 of a file of the project: what was found of an earlier text does not count."""
    return hashlib.sha256((ROOT / file).read_bytes()).hexdigest()[:12]


def rank(mutant: Mutant) -> str:
    """The order in which mutants are run: like dice, but the same each time, so that what is done is a fair sample."""
    return hashlib.sha256(mutant.label.encode()).hexdigest()


@dataclass(frozen=True)
class MutantRecord:
    """What is known of mutants, in a file; a `share` of them is to be run, by `rank`: a fair sample of every file."""

    path: Path
    share: float = 1.0

    def add(self, mutant: Mutant, bench: str, killer: str | None, seconds: float = 0.0) -> None:
        """Note that a bench killed a mutant, in whose words, or that it did not (None)."""
        line = {"mutant": mutant.label, "text": digest(mutant.file), "bench": bench, "killer": killer}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write(json.dumps(line | {"seconds": round(seconds, 3)}) + "\n")

    def known(self) -> dict[str, dict[str, str | None]]:
        """What each bench said of each mutant, by their names."""
        found: dict[str, dict[str, str | None]] = defaultdict(dict)
        for line in self.path.read_text().splitlines() if self.path.exists() else []:
            entry = json.loads(line)
            file = entry["mutant"].split(":", 1)[0]
            if (ROOT / file).is_file() and entry["text"] == digest(file):
                found[entry["mutant"]][entry["bench"]] = entry["killer"]
        return found

    def waiting(self, mutants: Iterable[Mutant], bench: str) -> list[Mutant]:
        """Those which nothing has killed yet and this bench has not seen, in the order of `rank`."""
        known = self.known()
        chosen = [m for m in mutants if int(rank(m)[:8], 16) < self.share * 2**32]
        left = [m for m in chosen if bench not in known[m.label] and not any(known[m.label].values())]
        return sorted(left, key=rank)

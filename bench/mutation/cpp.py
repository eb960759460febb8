"""Mutants of the C++ templates: each is compiled with the cases that tests/test_ops_hls.py makes of it, and run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bench.mutation.mutant import ROOT, Mutant

SWAPS = {
    *((" + ", " - "), (" - ", " + "), (" < ", " <= "), (" >= ", " > "), (" > ", " >= "), (" <= ", " < ")),
    *((" == ", " != "), (" != ", " == "), (" && ", " || "), (" || ", " && "), (" << ", " >> "), (" >> ", " << ")),
    *(("= 0;", "= 1;"), ("? 0 :", "? 1 :"), ("false", "true"), ("true", "false"), ("(!", "(")),
}
"""What takes the place of what."""

CONSTANT = re.compile(r"^\s*(//|#|template|typedef|static |static_assert|namespace|constexpr|struct|class)")
"""Lines in which nothing is mutated: what a compiler must know, and words."""


def mutants(file: str) -> list[Mutant]:
    """The mutants of a template, in its order."""
    found = sorted(_places((ROOT / file).read_text()))
    return [Mutant(file, number, *place) for number, place in enumerate(found, 1)]


def _places(text: str) -> Iterator[tuple[int, int, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("//")[0]
        if CONSTANT.match(code):
            continue
        for before, after in SWAPS:
            for match in re.finditer(re.escape(before), code):
                yield number, match.start() + 1, before.strip(), after.strip()


def mutated(mutant: Mutant) -> str:
    """The text of a template with one mutant."""
    lines = (ROOT / mutant.file).read_text().splitlines(keepends=True)
    line, start = lines[mutant.line - 1], mutant.column - 1
    place = line.index(mutant.before, start)
    lines[mutant.line - 1] = line[:place] + mutant.after + line[place + len(mutant.before) :]
    return "".join(lines)


def templates() -> list[str]:
    """All templates of hardware."""
    paths = [*ROOT.glob("ops/fabric/*.h"), *ROOT.glob("ops/*/*.h")]
    return sorted({path.relative_to(ROOT).as_posix() for path in map(Path, paths)} - {"ops/fabric/tap.h"})

"""Mutants of the C++ templates, compiled one by one with the shortest cases of tests/test_ops_hls.py that see them."""

from __future__ import annotations

import importlib
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.mutation import cpp
from bench.mutation.mutant import ROOT, Mutant
from bench.mutation.record import MutantRecord
from hls.vitis.simulation import include_folders
from hls.vitis.words import array_words
from ops import Example, Folding

CASES = 8
"""Cases of a mutant at most."""

SECONDS = 10
"""Processor time after which a mutant hangs."""

HEADERS = ("cstdint", "cstdio", "ap_fixed.h", "nnet_utils/nnet_types.h", "hls_stream.h")
"""What all programs include, compiled once."""

Pair = tuple[Example, Folding]


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


@dataclass
class TemplateBench:
    """Compiles and runs cases in `folder`, in native integers and, of templates with two branches, in exact types."""

    folder: Path
    name: str = "templates"

    def __post_init__(self) -> None:
        sys.path.insert(0, str(ROOT / "tests"))
        self.tests: Any = importlib.import_module("test_ops_hls")
        shutil.rmtree(self.folder, ignore_errors=True)
        for file in cpp.templates():
            target = self.folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, target)
        (self.folder / "common.h").write_text("".join(f"#include <{name}>\n" for name in HEADERS))
        self._compiled("common.h", "-x", "c++-header", "-o", "common.h.gch")

    def _compiled(self, source: str, *flags: str) -> None:
        includes = [f"-I{path}" for path in (self.folder / "ops", self.folder / "ops/fabric", *include_folders())]
        command = ["g++", "-std=c++14", "-O0", "-w", *includes, source, *flags]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def chosen(self, file: str) -> list[Pair]:
        """The shortest cases of what includes a template: of each primitive and folding, then others."""
        users = {file}
        while more := {f for f in cpp.templates() if f not in users and self._includes(f, users)}:
            users |= more
        fits = [pair for pair in self.tests.CASES if self._header(pair) in users or file.endswith("window_order.h")]
        ranked = sorted(fits, key=lambda pair: pair[0].inputs[0].size * len(pair[0].types))
        turned = [pair for pair in ranked if pair[1].interleave > 1]
        kinds = {(self._header(pair), str(pair[1])): pair for pair in reversed(ranked)}
        first = [*turned[:3], *sorted(kinds.values(), key=lambda pair: pair[0].inputs[0].size), *ranked]
        return list({str(pair): pair for pair in first}.values())[:CASES]

    def _header(self, pair: Pair) -> str:
        folder = type(pair[0].operation).folder()
        return f"ops/{folder.name}/{folder.name}.h"

    def _includes(self, file: str, others: set[str]) -> bool:
        text = (ROOT / file).read_text()
        return any(f'#include "{Path(other).name}"' in text for other in others)

    def write(self, pairs: list[Pair]) -> None:
        """The program of some cases, and what it reads."""
        headers = dict.fromkeys([self._header(pair) for pair in pairs] + ["ops/fabric/window_order.h"])
        text = self.tests.PROGRAM.format(
            includes="\n".join(f'#include "{header.removeprefix("ops/")}"' for header in headers),
            cases="\n".join(self.tests.case_code(index, *pair) for index, pair in enumerate(pairs)),
            calls="\n".join(f"    case{index}::run(in, out);" for index in range(len(pairs))),
        )
        (self.folder / "program.cpp").write_text('#include "common.h"\n' + text)
        arrays = []
        for example, folding in pairs:
            arrays += [
                *array_words(example.operation, folding).values(),
                *(x.transpose(1, 2, 0) for x in example.inputs),
            ]
        (self.folder / "in.bin").write_bytes(b"".join(array.astype("<i8").tobytes() for array in arrays))

    def killer(self, pairs: list[Pair], *flags: str) -> str | None:
        """What is wrong with the program of these cases, compiled with further flags."""
        try:
            self._compiled("program.cpp", "-include", "common.h", "-o", "program", *flags)
        except subprocess.CalledProcessError:
            return "it does not compile"
        (self.folder / "out.bin").write_bytes(b"")
        done = subprocess.run(
            ["./program", "in.bin", "out.bin"], cwd=self.folder, preexec_fn=_limits, check=False, capture_output=True
        )
        if done.returncode:
            return f"the program ends with {done.returncode}"
        golden = [example.operation.evaluate(*example.inputs).transpose(1, 2, 0).ravel() for example, _ in pairs]
        found = np.fromfile(self.folder / "out.bin", "<i8")
        if found.size != sum(map(len, golden)):
            return f"{found.size} elements come out"
        places = np.cumsum([0, *map(len, golden)])
        wrong = [
            pair
            for pair, start, end, g in zip(pairs, places, places[1:], golden, strict=False)
            if (found[start:end] != g).any()
        ]
        return f"{wrong[0][0]}-{wrong[0][1]}" if wrong else None

    def run(self, record: MutantRecord, sample: int | None) -> None:
        """Run all mutants, or so many, that wait for this bench."""
        mutants = [mutant for file in cpp.templates() for mutant in cpp.mutants(file)]
        for mutant in record.waiting((m for m in mutants if self.chosen(m.file)), self.name)[:sample]:
            begin = time.monotonic()
            record.add(mutant, self.name, self._killer_of(mutant), time.monotonic() - begin)

    def _killer_of(self, mutant: Mutant) -> str | None:
        pairs = self.chosen(mutant.file)
        self.write(pairs)
        (self.folder / mutant.file).write_text(cpp.mutated(mutant))
        try:
            found = self.killer(pairs)
            exact = found is None and "__SYNTHESIS__" in (ROOT / mutant.file).read_text()
            return self.killer(pairs, "-DSAPM_EXACT_TYPES") if exact else found
        finally:
            shutil.copyfile(ROOT / mutant.file, self.folder / mutant.file)

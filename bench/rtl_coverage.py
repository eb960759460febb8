"""Coverage of the RTL by the benches of `make test`: lines, toggles, and cover points of the corners of handshakes.

    .venv/bin/python -m bench.rtl_coverage --output FOLDER [--only encoder,board]

Designs are built anew with Verilator's counters, and run as the tests run them; counts are merged over instances and
designs. bench/rtl/unreachable.toml names what nothing can reach, and why.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.parts.coverage_points import KINDS, Share, is_left_out, merged, shares, unreachable
from hls.rtl.library import library, modules_used
from ops import REGISTRY
from rtl_sim.primitive_cases import QUICK, Case, build_cases, cases, run_cases
from rtl_sim.simulator import build, run

HERE = Path(__file__).parent
CORNERS = HERE / "rtl" / "corners.sv"
UNREACHABLE = HERE / "rtl" / "unreachable.toml"
CHECKERS = ("stream_protocol", "stream_tap")
COUNTED = replace(
    QUICK,
    verilator_arguments=(
        *(*QUICK.verilator_arguments, "--coverage-line", "--coverage-toggle", "--coverage-user"),
        *("-Wno-fatal", "-Wno-lint", "-Wno-style"),
    ),
)
LONGEST, LONGEST_INTERLEAVED = 400, 2000
"""Cycles of a frame of the cases that run; sets that are not full come where windows are interleaved."""


def longest(case: Case) -> int:
    """Cycles of a frame with which a case still runs."""
    return LONGEST_INTERLEAVED if case.folding.interleave > 1 else LONGEST


def primitives(folder: Path) -> None:
    """The cases of all primitives, a build for each: one of all would take 8 GB to compile."""
    for name in REGISTRY:
        chosen = [c for c in cases([name]) if c.hardware.cycles(*c.example.inputs[0].shape[1:]) <= longest(c)]
        place = folder / name
        simulation = build_cases(chosen, place, None, COUNTED, beside=(CORNERS,))
        failed = [seen.failure for seen in run_cases(simulation, chosen, place).values() if seen.failure]
        if failed:
            raise SystemExit(failed[0])


def streams(folder: Path) -> None:
    """Modules that pass a stream on, by themselves."""
    paths = library()
    for module, parameters in (("stream_fifo", {"Width": 12, "Depth": 5}), ("stream_slice", {"Width": 12})):
        place = folder / module
        others = modules_used(paths[module].read_text(), paths)
        sources = [paths[name] for name in {**others, module: ""}]
        simulation = build([*sources, CORNERS], module, place / "build", parameters=parameters, options=COUNTED)
        run(simulation, "rtl_sim.stream_bench", place)


def controlled(name: str) -> Callable[[Path], None]:
    """A design of tests/test_rtl_sim_control.py under its bench."""

    def exercise_it(folder: Path) -> None:
        from rtl_sim.control import exercise_all  # noqa: PLC0415
        from rtl_sim.transform import RtlSimulation  # noqa: PLC0415
        from test_rtl_sim_control import frames, generated  # noqa: PLC0415

        project = generated(name, folder).project
        said = exercise_all(RtlSimulation(project, folder / "counted", COUNTED, (CORNERS,)), frames(name))
        failed = [f"{test}: {words}" for test, words in said.items() if words]
        if failed:
            raise SystemExit(failed[0])

    return exercise_it


RUNS: dict[str, Callable[[Path], None]] = {
    "streams": streams,
    "encoder": controlled("encoder"),
    "decoder": controlled("decoder"),
    "primitives": primitives,
}


def show(folder: Path) -> bool:
    """Print what was reached, module by module, and what was not; whether it is enough."""
    counts = merged(sorted(folder.rglob("coverage.dat")))
    sources = {name: path for name, path in library().items() if name not in CHECKERS} | {"corners": CORNERS}
    known = unreachable(UNREACHABLE)
    found = shares(counts, sources, known)
    seen = sorted({module for module, _ in found})
    for module in seen:
        parts = (f"{kind} {found[module, kind].percent:.1f} %" for kind in KINDS if (module, kind) in found)
        print(f"{module}: {', '.join(parts)}")
    for point, count in sorted(counts.items()):
        if not count and point.module in sources and not is_left_out(point, sources, known):
            print(f"  not reached: {point.module}:{point.line} {point.kind} {point.what}")
    total = Share(sum(share.reached for share in found.values()), sum(share.all for share in found.values()))
    print(f"{total.reached} of {total.all} points, {total.percent:.2f} %, in {len(seen) - 1} modules")
    return total.percent >= 98


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder of builds and counts")
    parser.add_argument("--only", default=",".join(RUNS), help="designs to run; counts of others are taken as they are")
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE.parent / "tests"))
    for name in filter(None, arguments.only.split(",")):
        RUNS[name]((arguments.output / name).resolve())
    sys.exit(0 if show(arguments.output) else 1)


if __name__ == "__main__":
    main()

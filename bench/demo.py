"""Time and memory of the demonstration: the whole of it, its builds and simulations, against what it may take.

    .venv/bin/python -m bench.demo [--output demo] [--image PATH]

Memory is that of all its processes together, sampled twice a second from /proc.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

PAGE_MIB = 4096 / 2**20
SAPM = Path(sys.executable).with_name("sapm")


def tree_memory(root: int) -> float:
    """Resident MiB of a process and all its descendants."""
    parents, resident = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                resident[int(folder.name)] = int((folder / "statm").read_text().split()[1])
            except OSError:
                continue  # it ended meanwhile
    family = {root}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(resident.get(process, 0) for process in family) * PAGE_MIB


def main(
    output: Annotated[Path, typer.Option(help="folder of the demonstration")] = Path("demo"),
    image: Annotated[Path | None, typer.Option(help="any photograph")] = None,
) -> None:
    """Run `sapm demo` and print its figures."""
    start, peak = time.perf_counter(), 0.0
    chosen = [] if image is None else ["--image", str(image)]
    process = subprocess.Popen([SAPM, "demo", "--output", output, *chosen])
    while process.poll() is None:
        peak = max(peak, tree_memory(process.pid))
        time.sleep(0.5)
    seconds = time.perf_counter() - start
    report = json.loads((output / "report.json").read_text())
    rtl = [levels["rtl"] for levels in report["simulation"].values()]
    rows = {
        "whole demonstration [s]": (seconds, 720),
        "Verilator build, the longer of two side by side [s]": (max(row["build_seconds"] for row in rtl), 180),
        "RTL simulation of both transforms [s]": (sum(row["run_seconds"] for row in rtl), 240),
        "peak memory [MiB]": (peak, 6144),
    }
    table = Table("figure", "measured", "goal: below")
    for name, (measured, goal) in rows.items():
        table.add_row(name, f"{measured:.0f}", str(goal))
    Console().print(table)
    raise typer.Exit(process.returncode)


if __name__ == "__main__":
    typer.run(main)

"""A project through Vitis HLS, where it is installed: initiation intervals that it reaches, and its RTL in our bench.

    .venv/bin/python -m bench.hls_compiler PROJECT PICTURE --output FOLDER

Every function of every graph is synthesized; the intervals of all loops are shown, asked for is 1. Then the RTL that
was made runs a picture, and what comes out is compared with the golden model. Without the compiler nothing is done.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import sapm
from sapm.levels import FOREIGN
from sapm.project import Project

COMPILER = "vitis_hls"
STEPS = {"reset": 1, "csim": 0, "synth": 1, "cosim": 0, "export": 0}
"""Steps of build_prj.tcl, and whether they are taken."""


def intervals(reports: Path) -> Iterator[tuple[str, str, int]]:
    """Function, loop and the initiation interval that was reached, from the compiler's reports."""
    for path in sorted(reports.glob("*_csynth.xml")):
        for loop in ElementTree.parse(path).iter():
            reached = loop.find("PipelineII")
            if reached is not None and (reached.text or "").isdigit():
                yield path.name.removesuffix("_csynth.xml"), loop.tag, int(str(reached.text))


def synthesized(project: Project, name: str, output: Path) -> list[tuple[str, str, int]]:
    """The intervals of a graph; its RTL, and our wrapper around it, go to output/rtl/<name>.

    Raises CalledProcessError where the compiler fails.
    """
    folder, rtl = output / "hls" / name, output / "rtl" / name
    shutil.copytree(project.hls(name).folder, folder)
    options = folder / "build_opt.tcl"
    text = options.read_text()
    for step, taken in STEPS.items():
        text = re.sub(rf"^( *{step} +)\d", rf"\g<1>{taken}", text, flags=re.MULTILINE)
    options.write_text(text)
    subprocess.run([COMPILER, "-f", "build_prj.tcl"], cwd=folder, check=True)
    made = folder / f"{project.hls(name).top}_prj" / "solution1" / "syn"
    shutil.copytree(folder / "wrapper", rtl, ignore=shutil.ignore_patterns("sources.f"))
    shutil.copytree(made / "verilog", rtl, dirs_exist_ok=True)
    return list(intervals(made / "report"))


def run(folder: Path, picture: Path, output: Path) -> bool:
    """Synthesize, simulate and compare a project; whether its results are golden."""
    project = Project.load(folder)
    for name in project.networks.names:
        for function, loop, reached in synthesized(project, name, output):
            print(f"{name}: {function}, {loop}: II {reached}")
    sapm.cosimulate(project, picture, output / "run", levels=["rtl"], foreign=output / "rtl")
    found = [comparison for comparison in sapm.compare(project, output / "run") if comparison.level == FOREIGN]
    for comparison in found:
        print(f"{comparison.transform}: {comparison.verdict}")
    return len(found) == len(project.networks.names) and all(comparison.verdict.identical for comparison in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--output", type=Path, required=True, help="a new folder")
    arguments = parser.parse_args()
    if shutil.which(COMPILER) is None:
        print(f"skipped: {COMPILER} must be on PATH, and is not")
        return
    arguments.output.mkdir(parents=True)
    sys.exit(0 if run(arguments.project, arguments.picture, arguments.output) else 1)


if __name__ == "__main__":
    main()

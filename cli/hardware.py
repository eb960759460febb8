"""`sapm generate`, `cosim` and `compare`: from a codec or any networks to verified hardware."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import (
    BackEnds,
    Checkpoint,
    Force,
    Levels,
    MaxPixels,
    NetworksArgument,
    Output,
    PictureFile,
    ProjectFolder,
    QualityOption,
    Rate,
    Target,
    parse_size,
)
from cli.console import announce, answer, console, say, warn
from cli.limits import announced_notes
from cli.tables import comparison_table, design_table
from hls.fold.fitting import Design
from host.qualities import position_of
from ops.files import check_folder
from sapm.comparison_file import write_comparison
from sapm.cosimulation import KIND as RUN
from sapm.cosimulation import CodecCosimulation, cosimulate
from sapm.inputs import passing_maps
from sapm.levels import FOREIGN, MAX_COMPARED, NETLIST, compare_run, networks_of, project_of
from sapm.opening import open_networks
from sapm.plan import ImpossiblePlan, Plan, design_networks, padded_size, read_foldings
from sapm.project import BACK_ENDS, DEFAULT_TARGET, Project, check_back_ends, write_project
from sapm.project import KIND as PROJECT
from sapm.project_report import REPORT_TEXT, report_fields
from sapm.rate import DEFAULT_QUALITY
from sapm.reporting import PAGE, leave_report
from sapm.reporting.files import COMPARISON

BOTH = list(BACK_ENDS)


def generate(
    networks: NetworksArgument,
    output: Output,
    target: Target = DEFAULT_TARGET,
    size: Annotated[str, typer.Option(help="largest picture, WIDTHxHEIGHT")] = "768x768",
    fps: Rate = None,
    clock: Annotated[float | None, typer.Option(help="MHz; default: what the target reaches")] = None,
    folding: Annotated[
        Path | None,
        typer.Option(help='foldings by hand: JSON, {"analysis": {"first": [PE, SIMD, ROWS, INTERLEAVE], ...}, ...}'),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="photograph (or .npz of maps) whose vectors the HLS test benches get")
    ] = None,
    back_end: BackEnds = BOTH,
    force: Force = False,
) -> None:
    """Generate HLS projects and RTL of a codec or of any graphs: the fewest LUTs that meet a rate on a target."""
    check_folder(output, PROJECT, force, [*networks, picture, folding])
    check_back_ends(back_end)
    largest = parse_size(size)
    opened = open_networks(networks)
    foldings = {} if folding is None else read_foldings(folding, opened.names)
    plan = Plan(target, *largest, fps=fps, clock_mhz=clock, foldings=foldings)
    rows, columns = padded_size(opened, plan)
    if (rows, columns) != (plan.max_height, plan.max_width):
        console.print(f"{size} is padded to {columns}x{rows}, multiples of {opened.multiple}")
    try:
        with announce("choosing foldings"):
            designs = design_networks(opened, plan)
    except ImpossiblePlan as error:
        console.print("what would fit:")
        show(error.designs)
        raise
    show(designs)
    with announce("generating"), announced_notes():
        inputs = None if picture is None else passing_maps(opened, picture)
        write_project(opened, plan, designs, output, back_end, inputs, force)
    console.print(f"{output}: {', '.join(back_end)} for {target}, {REPORT_TEXT}, {PAGE}")
    answer({"project": str(output), **report_fields(designs)})


def show(designs: dict[str, Design]) -> None:
    """Prints a table for each graph."""
    for name, design in designs.items():
        console.print(design_table(name, design))


def cosim(
    project: ProjectFolder,
    picture: PictureFile,
    output: Output,
    level: Levels = BOTH,
    rtl: Annotated[
        Path | None,
        typer.Option(help="folder with RTL of another tool, in folders named as the graphs, for the same bench"),
    ] = None,
    quality: QualityOption = DEFAULT_QUALITY,
    force: Force = False,
) -> None:
    """Run a photograph through the simulated hardware of all graphs and record every tensor."""
    check_folder(output, RUN, force, [project, picture, rtl])
    position_of(quality)  # refused before anything is read
    loaded = Project.load(project)
    with announced_notes():
        result = cosimulate(
            loaded, picture, output, levels=level, quality=quality, foreign=rtl, announce=announce, force=force
        )
    for name, timings in result.timings.items():
        leading = timings.get("rtl") or timings[NETLIST]
        cycles, predicted = leading.cycles, leading.predicted_cycles
        console.print(f"{name}: {cycles} cycles, {predicted} predicted")
        if FOREIGN in timings:
            console.print(f"{name}, {rtl}: {timings[FOREIGN].cycles} cycles")
    console.print(f"{output}: {PAGE}; compare it with `sapm compare {project} {output}`")
    fields = {name: {one: asdict(timing) for one, timing in row.items()} for name, row in result.timings.items()}
    compressed = {"bytes": len(result.compressed)} if isinstance(result, CodecCosimulation) else {}
    answer({"run": str(output), "graphs": fields, **compressed})


def compare(
    networks: Annotated[
        Path, typer.Argument(metavar="PROJECT|CODEC|NET.onnx", help="what was simulated: its project, or what it is of")
    ],
    run: Annotated[Path, typer.Argument(metavar="RUN", help="folder made by `sapm cosim`")],
    checkpoint: Checkpoint = None,
    max_pixels: MaxPixels = MAX_COMPARED,
) -> None:
    """Compare every recorded tensor, and every software level, with the golden model; exit code 0 if all are equal."""
    opened, project = networks_of(networks), project_of(networks)
    results = list(compare_run(opened, run, checkpoint, _started, project=project, max_pixels=max_pixels))
    console.print(comparison_table(results))
    try:
        write_comparison(opened, results, run)
        say(f"report: {leave_report(run, COMPARISON)}")
    except (OSError, ValueError) as error:
        warn(f"no report is left: {error}")
    answer([{**asdict(result), "identical": result.verdict.identical} for result in results])
    if not all(result.verdict.identical for result in results):
        raise typer.Exit(1)


def _started(name: str, level: str) -> None:
    if console.is_terminal:
        console.print(f"{name}: {level}", style="dim")

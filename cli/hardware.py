"""`sapm generate`, `cosim` and `compare`: from a codec or any networks to verified hardware."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.arguments import (
    BackEnds,
    Checkpoint,
    Force,
    Levels,
    MaxPixels,
    NetworksArgument,
    Output,
    ProjectFolder,
    QualityOption,
    Rate,
    Target,
    Transforms,
    parse_size,
)
from cli.console import announce, answer, console, say, warn
from cli.limits import announced_notes
from cli.sources import PICTURE_SUFFIXES, find_sources, result_places
from cli.tables import comparison_table, design_table, difference_table
from hls.fold.fitting import Design
from host.qualities import position_of
from ops.files import check_folder, whole_folder
from ops.files.written import RECORD, add_to_record
from rtl_sim.runners import VERILATOR
from rtl_sim.transform import Stalls
from rtl_sim.waves import CycleWindow
from sapm.comparison_file import write_comparison
from sapm.cosimulation import KIND as RUN
from sapm.cosimulation import CodecCosimulation, Waves, cosimulate
from sapm.inputs import passing_maps
from sapm.levels import FOREIGN, MAX_COMPARED, NETLIST, Comparison, compare_run, networks_of, project_of, runs_in
from sapm.networks import Networks
from sapm.opening import open_networks
from sapm.plan import ImpossiblePlan, Plan, design_networks, padded_size, read_foldings
from sapm.project import BACK_ENDS, DEFAULT_TARGET, Project, check_back_ends, write_project
from sapm.project import KIND as PROJECT
from sapm.project_report import REPORT_TEXT, report_fields
from sapm.rate import DEFAULT_QUALITY
from sapm.reporting import PAGE, leave_report
from sapm.reporting.files import COMMANDS, COMPARISON
from sapm.saving import KIND as DIFFERENCES
from sapm.saving import Saver

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
        with announce("choosing foldings") as step:
            designs = design_networks(opened, plan, step.teller("foldings"))
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
    pictures: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURE...", help="photographs, or folders of them; for other networks also .npz of maps"
        ),
    ],
    output: Output,
    level: Levels = BOTH,
    transform: Transforms = None,
    stalls: Annotated[
        int | None,
        typer.Option(metavar="SEED", help="random stalls at the input and the output of the RTL", min=0, max=65535),
    ] = None,
    waves: Annotated[
        bool, typer.Option("--waves", help="FST around the first cycle that differs, or of --from and --to")
    ] = False,
    first: Annotated[int | None, typer.Option("--from", metavar="CYCLE", help="first cycle of the waves")] = None,
    last: Annotated[int | None, typer.Option("--to", metavar="CYCLE", help="last cycle of the waves")] = None,
    rtl: Annotated[
        Path | None,
        typer.Option(help="folder with RTL of another tool, in folders named as the graphs, for the same bench"),
    ] = None,
    simulator: Annotated[str, typer.Option(help="of RTL and netlists: verilator, icarus, cxxrtl")] = VERILATOR,
    quality: QualityOption = DEFAULT_QUALITY,
    force: Force = False,
) -> None:
    """Run photographs through the simulated hardware of all graphs and record every tensor.

    Several pictures get a folder each. With --waves, what differs from the golden model is shown by files beside the
    recordings, for GTKWave (.gtkw) and Surfer (.sucl).
    """
    check_folder(output, RUN, force, [project, *pictures, rtl])
    position_of(quality)  # refused before anything is read
    loaded, chosen = Project.load(project), _waves(waves, first, last, level)
    stalling = None if stalls is None else Stalls(*SHARES, seed=stalls)
    options: dict[str, Any] = {"levels": level, "quality": quality, "foreign": rtl, "transforms": transform or ()}
    options |= {"stalls": stalling, "waves": chosen, "simulator": simulator, "announce": announce}
    sources = find_sources(pictures, PICTURE_SUFFIXES)
    if len(sources) == 1:
        fields = _cosimulate(loaded, sources[0].path, output, {**options, "force": force})
    else:
        with whole_folder(output, RUN, force) as part:
            places = result_places(sources, "")
            fields = {
                "pictures": [
                    _cosimulate(loaded, s.path, part / p, options) for s, p in zip(sources, places, strict=True)
                ]
            }
    left = PAGE if len(sources) == 1 else f"a folder with {PAGE} for each picture"
    console.print(f"{output}: {left}; compare it with `sapm compare {project} {output}`")
    answer({"run": str(output), **fields})


SHARES = 60, 120
"""Of 256 cycles, those in which the input and the output of stalled RTL rest."""


def _waves(wanted: bool, first: int | None, last: int | None, levels: Sequence[str]) -> Waves | None:
    """Raises ValueError for a window without an end, and for waves of no RTL."""
    if (first is None) != (last is None):
        raise ValueError("--from and --to must be given together, or neither")
    window = None if first is None or last is None else CycleWindow(first, last)
    if (wanted or window) and "rtl" not in levels:
        raise ValueError("--waves are those of RTL: --level must have rtl")
    return Waves(window) if wanted or window else None


def _cosimulate(project: Project, picture: Path, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Simulates one picture, and prints and returns what came of it."""
    with announced_notes():
        result = cosimulate(project, picture, folder, **options)
    for name, timings in result.timings.items():
        leading = timings.get("rtl") or timings.get(NETLIST)
        if leading:
            console.print(f"{name}: {leading.cycles} cycles, {leading.predicted_cycles} predicted")
        if FOREIGN in timings:
            console.print(f"{name}, {options['foreign']}: {timings[FOREIGN].cycles} cycles")
        if name in result.waves:
            console.print(result.waves[name].said)
    fields = {name: {one: asdict(timing) for one, timing in row.items()} for name, row in result.timings.items()}
    compressed = {"bytes": len(result.compressed)} if isinstance(result, CodecCosimulation) else {}
    waves = {name: note.file for name, note in result.waves.items() if note.file}
    return {"picture": str(picture), "graphs": fields, **compressed, **({"waves": waves} if waves else {})}


def compare(
    networks: Annotated[
        Path, typer.Argument(metavar="PROJECT|CODEC|NET.onnx", help="what was simulated: its project, or what it is of")
    ],
    run: Annotated[Path, typer.Argument(metavar="RUN", help="folder made by `sapm cosim`")],
    checkpoint: Checkpoint = None,
    transform: Transforms = None,
    save: Annotated[
        Path | None, typer.Option(help="folder for what differs: expected, found and difference, as PNG and npz")
    ] = None,
    max_pixels: MaxPixels = MAX_COMPARED,
    force: Force = False,
) -> None:
    """Compare every recorded tensor, and every software level, with the golden model; exit code 0 if all are equal.

    Of what differs are shown how many elements, by how much, where first, and the nodes of which all inputs are equal
    and the output is not.
    """
    project, opened = project_of(networks), networks_of(networks)
    settings: dict[str, Any] = {"project": project, "max_pixels": max_pixels, "transforms": transform or ()}
    with whole_folder(save, DIFFERENCES, force) if save else nullcontext() as folder:
        results = []
        for one in runs_in(run, opened.names):
            place = one.relative_to(run) if one != run else Path()
            saver = None if folder is None else Saver(folder / place)
            with announce("comparison of every tensor" if one == run else f"comparison of {place}") as step:
                found = list(compare_run(opened, one, checkpoint, step.teller("levels"), saver=saver, **settings))
            if saver is not None:
                saver.finish()
            _show_comparisons(found, "" if one == run else str(place))
            _leave_comparison(opened, found, one)
            if one != run:
                add_to_record(run, *(str(place / name) for name in (COMPARISON, PAGE, COMMANDS, RECORD)))
            results += [{"run": str(one), **asdict(each), "identical": each.verdict.identical} for each in found]
    answer(results)
    if not all(result["identical"] for result in results):
        raise typer.Exit(1)


def _leave_comparison(networks: Networks, results: Sequence[Comparison], run: Path) -> None:
    try:
        write_comparison(networks, results, run)
        say(f"report: {leave_report(run, COMPARISON)}")
    except (OSError, ValueError) as error:
        warn(f"no report is left: {error}")


def _show_comparisons(results: Sequence[Comparison], where: str) -> None:
    console.print(comparison_table(results, where))
    for result in results:
        if result.verdict.differences:
            console.print(difference_table(result))
        for node in result.verdict.culprits:
            console.print(f"{result.transform}, {result.level}: all that {node} takes is equal, what it gives is not")

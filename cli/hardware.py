"""`sapm generate`, `cosim` and `compare`: from the codec folder to verified hardware."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import CodecFolder, Force, ImageFile, Output, ProjectFolder, QualityOption, Rate, Target, parse_size
from cli.console import announce, console
from cli.limits import read_announced
from cli.tables import comparison_table
from hls.fitting import Design
from host.qualities import position_of
from ops.files import check_folder, whole_folder
from sapm.bundle import Bundle
from sapm.cosimulation import KIND as RUN
from sapm.cosimulation import check_levels, cosimulate
from sapm.levels import FOREIGN, compare_run
from sapm.plan import ImpossiblePlan, Plan, design_transforms, padded_size, read_foldings
from sapm.project import BACK_ENDS, Project, write_project
from sapm.project import KIND as PROJECT
from sapm.project_report import REPORT_TEXT, design_table
from sapm.rate import DEFAULT_QUALITY

BOTH = list(BACK_ENDS)


def generate(
    codec: CodecFolder,
    output: Output,
    target: Target = "zcu102",
    size: Annotated[str, typer.Option(help="largest picture, WIDTHxHEIGHT")] = "768x768",
    fps: Rate = None,
    clock: Annotated[float | None, typer.Option(help="MHz; default: what the target reaches")] = None,
    folding: Annotated[
        Path | None,
        typer.Option(help='foldings by hand: JSON, {"analysis": {"first": [PE, SIMD, ROWS, TURNS], ...}, ...}'),
    ] = None,
    image: Annotated[Path | None, typer.Option(help="photograph whose vectors the HLS test benches get")] = None,
    back_end: Annotated[list[str], typer.Option(help="hls, rtl; give it twice for both")] = BOTH,
    force: Force = False,
) -> None:
    """Generate the HLS projects and the RTL of both transforms: the fewest LUTs that meet a rate on a target."""
    check_folder(output, PROJECT, force, [codec, image, folding])
    unknown = [name for name in back_end if name not in BACK_ENDS]
    if unknown:
        raise ValueError(f"back end must be one of {', '.join(BACK_ENDS)}, not {unknown[0]!r}")
    foldings = {} if folding is None else read_foldings(folding)
    plan = Plan(target, *parse_size(size), fps=fps, clock_mhz=clock, foldings=foldings)
    bundle = Bundle.load(codec)
    rows, columns = padded_size(bundle, plan)
    if (rows, columns) != (plan.max_height, plan.max_width):
        console.print(f"{size} is padded to {columns}x{rows}, multiples of {bundle.host.multiple}")
    try:
        with announce("choosing foldings"):
            designs = design_transforms(bundle, plan)
    except ImpossiblePlan as error:
        console.print("what would fit:")
        show(error.designs)
        raise
    show(designs)
    with announce("generating"):
        picture = None if image is None else read_announced(image)
        write_project(bundle, plan, designs, output, back_end, picture, force)
    console.print(f"{output}: {', '.join(back_end)} for {target}, {REPORT_TEXT}")


def show(designs: dict[str, Design]) -> None:
    """Prints a table for each transform."""
    for transform, design in designs.items():
        console.print(design_table(transform, design))


def cosim(
    project: ProjectFolder,
    image: ImageFile,
    output: Output,
    level: Annotated[list[str], typer.Option(help="rtl, hls; give it twice for both")] = BOTH,
    rtl: Annotated[
        Path | None,
        typer.Option(help="folder with `analysis` or `synthesis` RTL of another tool, to run under the same bench"),
    ] = None,
    quality: QualityOption = DEFAULT_QUALITY,
    force: Force = False,
) -> None:
    """Run a photograph through the simulated hardware of both transforms and record every tensor."""
    check_folder(output, RUN, force, [project, image, rtl])
    position = position_of(quality)
    loaded = Project.load(project)
    check_levels(level, loaded.manifest["back_ends"])
    picture = read_announced(image)
    with whole_folder(output, RUN, force) as run:
        result = cosimulate(loaded, picture, run, level, announce, position, rtl)
    for transform, timings in result.timings.items():
        cycles, predicted = timings["rtl"].cycles, timings["rtl"].predicted_cycles
        console.print(f"{transform}: {cycles} cycles, {predicted} predicted")
        if FOREIGN in timings:
            console.print(f"{transform}, {rtl}: {timings[FOREIGN].cycles} cycles")
    console.print(f"{output}: compare it with `sapm compare {project / 'codec'} {output}`")


def compare(
    codec: CodecFolder,
    run: Annotated[Path, typer.Argument(metavar="RUN", help="folder made by `sapm cosim`")],
    checkpoint: Annotated[Path | None, typer.Option(help="also compare the fake-quantized torch model")] = None,
) -> None:
    """Compare every recorded tensor, and every software level, with the golden model; exit code 0 if all are equal."""
    results = list(compare_run(Bundle.load(codec), run, checkpoint, _started))
    console.print(comparison_table(results))
    if not all(result.verdict.identical for result in results):
        raise typer.Exit(1)


def _started(transform: str, level: str) -> None:
    if console.is_terminal:
        console.print(f"{transform}: {level}", style="dim")

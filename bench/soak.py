"""A soak of the RTL: many whole pictures through both transforms, back to back in one simulation of each.

.venv/bin/python -m bench.soak [--pictures FOLDER] [--codec small] [--output FILE]

Between the pictures lie crops of other sizes and frames that a soft reset cuts off; stalls, sizes and qualities change
from frame to frame. Each result must be the golden one. Without pictures, photographs that scikit-image ships.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from skimage import data

from cli.arguments import parse_size
from host import HostCodec, PictureSize
from host.pictures import Picture, read_picture
from host.qualities import position_of
from model.codec import TRANSFORMS
from ops import IntegerArray
from ops.files import write_whole
from rtl_sim.soak import Turn, soak
from rtl_sim.transform import RtlSimulation
from sapm.networks import Networks
from sapm.opening import open_networks
from sapm.project import Project, generate

KODAK = Path("../shared/data/kodak")
PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket")
STALLS = (0, 0, 64, 128, 200)
"""Shares of the cycles, in 256ths, of which each side of each frame takes one."""

LARGEST_CROP = 192
EVERY = 3
"""Each third crop is cut off by a soft reset."""


@dataclass(frozen=True)
class Frame:
    """A picture (3, height, width), the quality of its file, and how its frames are treated by transform."""

    name: str
    picture: Picture
    quality: int
    stalls: dict[str, tuple[int, int]]
    cut: float | None = None
    """Share of its beats after which a soft reset ends the frame."""


@dataclass(frozen=True)
class Soaked:
    """What a transform did: frames that came out, those that differ from the golden model, cycles, resets, seconds."""

    transform: str
    frames: int
    wrong: tuple[str, ...]
    cycles: int
    resets: int
    build_seconds: float
    seconds: float


def pictures_of(folder: Path | None, largest: tuple[int, int]) -> Iterator[tuple[str, Picture]]:
    """Those of a folder in the order of their names, or scikit-image's, cut to the largest size (rows, columns)."""
    if folder is None:
        for name in PHOTOGRAPHS:
            pixels: Any = getattr(data, name)()
            yield name, np.ascontiguousarray(pixels.transpose(2, 0, 1)[:, : largest[0], : largest[1]])
        return
    for path in sorted(folder.glob("*.png")):
        yield path.stem, read_picture(path)[:, : largest[0], : largest[1]]


def frames_of(pictures: Sequence[tuple[str, Picture]], seed: int) -> Iterator[Frame]:
    """Each picture, and after it a crop of it, of any size; nothing of them repeats but for the photographs."""
    rng = np.random.default_rng(seed)

    def stalls() -> dict[str, tuple[int, int]]:
        return {name: (int(rng.choice(STALLS)), int(rng.choice(STALLS))) for name in TRANSFORMS}

    for index, (name, picture) in enumerate(pictures):
        yield Frame(name, picture, int(rng.integers(1, 101)), stalls())
        rows, columns = (int(rng.integers(1, LARGEST_CROP + 1)) for _ in range(2))
        crop = np.ascontiguousarray(picture[:, -rows:, :columns])
        cut = float(rng.uniform(0.05, 0.95)) if index % EVERY == 0 else None
        yield Frame(f"{name} {columns}x{rows}", crop, int(rng.integers(1, 101)), stalls(), cut)


def turns_of(codec: HostCodec, frames: Sequence[Frame]) -> dict[str, list[tuple[Turn, IntegerArray]]]:
    """For each transform its turns and their golden results; the synthesis gets what a file of the quality restores."""
    found: dict[str, list[tuple[Turn, IntegerArray]]] = {name: [] for name in TRANSFORMS}
    for frame in frames:
        pixels = codec.pixels_of(frame.picture)
        latents = codec.analysis(pixels)
        restored = codec.unpack(codec.pack(latents, PictureSize(*frame.picture.shape[1:]), position_of(frame.quality)))[
            0
        ]
        results = {"analysis": (pixels, latents), "synthesis": (restored, codec.synthesis(restored))}
        for name, (x, golden) in results.items():
            beats = x.shape[1] * x.shape[2] * (1 if name == "analysis" else len(x))
            cut = None if frame.cut is None else int(frame.cut * beats)
            found[name].append((Turn(x, frame.stalls[name], cut), golden))
    return found


def soaked(folder: Path, transform: str, names: Sequence[str], turns: Sequence[tuple[Turn, IntegerArray]]) -> Soaked:
    """Builds the simulation of one transform, and plays the turns."""
    start = time.perf_counter()
    simulation = RtlSimulation(Project.load(folder).rtl(transform), folder.parent / "simulation" / transform)
    _ = simulation.built
    built = time.perf_counter()
    result = soak(simulation, [turn for turn, _ in turns])
    seconds = time.perf_counter() - built
    kept = [(name, golden) for name, (turn, golden) in zip(names, turns, strict=True) if turn.abandon is None]
    pairs = zip(kept, result.outputs, strict=True)
    wrong = tuple(name for (name, golden), found in pairs if not np.array_equal(found, golden))
    return Soaked(transform, len(kept), wrong, result.cycles, result.resets, built - start, seconds)


def show(rows: Sequence[Soaked], console: Console) -> None:
    """The table on the screen, and the frames that differ."""
    table = Table("transform", "frames", "not golden", "soft resets", "cycles", "build s", "run s")
    for row in rows:
        counts = [row.frames, len(row.wrong), row.resets, row.cycles, round(row.build_seconds), round(row.seconds)]
        table.add_row(row.transform, *map(str, counts))
    console.print(table)
    for row in rows:
        for name in row.wrong:
            console.print(f"{row.transform}: {name} is not the golden result", markup=False)


def main(
    pictures: Annotated[Path | None, typer.Option(help=f"folder of PNG files; {KODAK} if it is there")] = None,
    codec: Annotated[str, typer.Option(help="shipped codec or codec folder")] = "small",
    target: Annotated[str, typer.Option(help="device to fold for")] = "zcu104",
    size: Annotated[str, typer.Option(help="largest picture, WIDTHxHEIGHT")] = "768x768",
    count: Annotated[int | None, typer.Option(help="at most so many pictures", min=1)] = None,
    seed: Annotated[int, typer.Option(help="of stalls, sizes, qualities and resets")] = 1,
    work: Annotated[Path, typer.Option(help="where project and simulations are kept")] = Path("build/soak"),
    output: Annotated[Path | None, typer.Option(help="also write the figures as JSON")] = None,
) -> None:
    """Soak both transforms at once; exit code 1 where a result is not the golden one."""
    console = Console(width=100)
    largest, folder = parse_size(size), pictures or (KODAK if KODAK.is_dir() else None)
    frames = list(frames_of(list(pictures_of(folder, largest))[:count], seed))
    networks: Networks = open_networks(codec)
    project = generate(
        networks, work / "project", target=target, height=largest[0], width=largest[1], back_ends=["rtl"], force=True
    )
    turns = turns_of(project.bundle.host, frames)
    names = [frame.name for frame in frames]
    console.print(f"{len(frames)} frames of {folder or 'scikit-image'}, {codec} for {target}")
    with ProcessPoolExecutor(len(TRANSFORMS), mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(soaked, project.folder, name, names, turns[name]) for name in TRANSFORMS]
        rows = [job.result() for job in jobs]
    show(rows, console)
    if output is not None:
        write_whole(output, (json.dumps([asdict(row) for row in rows], indent=1) + "\n").encode())
    raise typer.Exit(1 if any(row.wrong for row in rows) else 0)


if __name__ == "__main__":
    typer.run(main)

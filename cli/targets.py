"""Where the results of several files go, decided and checked before any work."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.sources import find_sources, result_places
from cli.streams import STREAM, check_streams
from ops.files import check_file, check_writable

FilesOutput = Annotated[
    str,
    typer.Option(
        "--output", "-o", help="a file, - for the standard output, or a folder: one that exists, or ends in /"
    ),
]


@dataclass(frozen=True)
class Job:
    """A file, and the one to make of it; either may be STREAM."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Written:
    """What a command makes of files.

    The suffixes of its files, of which the first is what they get in folders; those of what it is made of, as folders
    are searched for; what it is in words, and what tells an earlier one.
    """

    suffixes: tuple[str, ...]
    made_of: tuple[str, ...]
    name: str
    is_ours: Callable[[Path], bool]


def plan_jobs(named: Sequence[Path], output: str, result: Written, force: bool = False) -> list[Job]:
    """The target of each file and of each in the folders named, before any work.

    It is `output` itself where that is "-" or ends in a suffix of the result, else a file in it, at the place that the
    source has in its folder. Raises ValueError where `output` is neither, two sources would have the same target,
    several one file, or one would replace a source or, without `force`, what is no earlier result; OSError where
    nothing can be written.
    """
    check_streams(named, output, force)
    path, sources = Path(output), find_sources(named, result.made_of)
    is_folder = output.endswith(("/", os.sep)) or (output != "" and path.is_dir())
    is_file = output == str(STREAM) or path.suffix.lower() in result.suffixes
    if not is_folder and not is_file:
        raise ValueError(
            f"--output must end in {', '.join(result.suffixes)}, be a folder that exists, or end in / to become one, "
            f"or be - for the standard output, not {output!r}"
        )
    if not is_folder and len(sources) > 1:
        raise ValueError(f"--output must be a folder for {len(sources)} files, not {output}")
    if is_folder and sources[0].path == STREAM:
        raise ValueError(f"--output must be a file for the standard input, which has no name, not {output}")
    places = result_places(sources, result.suffixes[0]) if is_folder else []
    targets = [path / place for place in places] if is_folder else [path]
    jobs = [Job(source.path, target) for source, target in zip(sources, targets, strict=True)]
    if path != STREAM:
        check_writable(path if is_folder else path.parent)
        _check_targets(jobs, result, force)
    return jobs


def _check_targets(jobs: Sequence[Job], result: Written, force: bool) -> None:
    """Raise ValueError or OSError unless each may be written, once, and none is read."""
    read = {job.source.resolve(): job.source for job in jobs if job.source != STREAM}
    taken: dict[Path, Path] = {}
    for job in jobs:
        place = job.target.resolve()
        if place in taken:
            raise ValueError(f"{taken[place]} and {job.source} must not both become {job.target}")
        if place in read:
            raise ValueError(f"{job.target} must not be replaced: {read[place]} is to be read")
        taken[place] = job.source
        check_file(job.target, result.name, result.is_ours, force)

"""Where the results of several files go, decided and checked before any work."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ops.files import check_file, check_writable

FilesOutput = Annotated[
    str, typer.Option("--output", "-o", help="a file, or a folder: one that exists, or a name that ends in /")
]


@dataclass(frozen=True)
class Job:
    """A file, and the one to make of it."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Written:
    """What a command makes of files: its suffix, what it is in words, and what tells an earlier one."""

    suffix: str
    name: str
    is_ours: Callable[[Path], bool]


def plan_jobs(sources: Sequence[Path], output: str, result: Written, force: bool = False) -> list[Job]:
    """The target of each source, before any work: `output` itself where it ends in the suffix, else a file in it.

    Raises ValueError where `output` is neither, two sources would have the same target, several one file, or one would
    replace a source or, without `force`, what is no earlier result; OSError where nothing can be written.
    """
    path = Path(output)
    is_folder = output.endswith(("/", os.sep)) or (output != "" and path.is_dir())
    if not is_folder and path.suffix.lower() != result.suffix:
        raise ValueError(
            f"--output must end in {result.suffix}, be a folder that exists, or end in / to become one, not {output!r}"
        )
    if not is_folder and len(sources) > 1:
        raise ValueError(f"--output must be a folder for {len(sources)} files, not {output}")
    targets = [path / f"{source.stem}{result.suffix}" if is_folder else path for source in sources]
    jobs = [Job(source, target) for source, target in zip(sources, targets, strict=True)]
    check_writable(path if is_folder else path.parent)
    read = {source.resolve(): source for source in sources}
    taken: dict[Path, Path] = {}
    for job in jobs:
        place = job.target.resolve()
        if place in taken:
            raise ValueError(f"{taken[place]} and {job.source} must not both become {job.target}")
        if place in read:
            raise ValueError(f"{job.target} must not be replaced: {read[place]} is to be read")
        taken[place] = job.source
        check_file(job.target, result.name, result.is_ours, force)
    return jobs

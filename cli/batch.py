"""Several files at once: where each result goes, processes that make them, progress, and which of them failed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.console import announce, fail, progress_bar, say, warn
from cli.processes import spawned

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""What keeps each of several processes to one core."""

EXPECTED = (ValueError, OSError, RuntimeError, MemoryError)
"""What a file may fail with; anything else is a bug of ours."""


@dataclass(frozen=True)
class Job:
    """A file, and the one to make of it."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Done:
    """What to say of a finished job, and what to warn of."""

    message: str
    warning: str = ""


Work = Callable[[Job], Done]
"""Makes one target; it is sent to other processes, so it must be picklable."""


def plan_jobs(sources: Sequence[Path], output: Path, suffix: str) -> list[Job]:
    """The target of each source, before any work: `output` itself where it ends in `suffix`, else a file in it.

    Raises ValueError where two sources would have the same target, or several one file; OSError where nothing can be
    written.
    """
    is_file = output.suffix.lower() == suffix and not output.is_dir()
    if is_file and len(sources) > 1:
        raise ValueError(f"--output must be a folder for {len(sources)} files, not {output}")
    if is_file:
        jobs = [Job(sources[0], output)]
    else:
        jobs = [Job(source, output / f"{source.stem}{suffix}") for source in sources]
    taken: dict[Path, Path] = {}
    for job in jobs:
        if job.target in taken:
            raise ValueError(f"{taken[job.target]} and {job.source} must not both become {job.target}")
        taken[job.target] = job.source
    _check_writable(output.parent if is_file else output)
    return jobs


def _check_writable(folder: Path) -> None:
    """Raise OSError, with one clear line, where no file can be made in `folder`, or no such folder."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise OSError(f"{folder} must be a folder that can be written to: {error.strerror}") from error


def share_cores(jobs: int, workers: int | None) -> tuple[int, int]:
    """Processes for so many jobs, at most `workers` (default: one a core), and the threads of each."""
    cores = len(os.sched_getaffinity(0))
    processes = min(workers or cores, jobs)
    return processes, max(1, cores // processes)


def run_jobs(work: Work, jobs: Sequence[Job], processes: int, doing: str) -> bool:
    """Does all jobs in so many processes; whether all went well.

    What becomes of each is printed as it finishes. One that fails is named, and the others are done all the same.
    """
    jobs[0].target.parent.mkdir(parents=True, exist_ok=True)
    if len(jobs) == 1:
        with announce(doing):
            outcome = _outcome(lambda: work(jobs[0]))
        return _report(jobs[0], outcome)
    with progress_bar() as progress:
        bar = progress.add_task(doing, total=len(jobs))
        succeeded = 0
        for job, outcome in _outcomes(work, jobs, processes):
            succeeded += _report(job, outcome)
            progress.advance(bar)
    if succeeded < len(jobs):
        fail(f"{len(jobs) - succeeded} of {len(jobs)} files failed")
    return succeeded == len(jobs)


def _outcomes(work: Work, jobs: Sequence[Job], processes: int) -> Iterator[tuple[Job, Done | Exception]]:
    """Each job with what became of it, in the order in which they finish."""
    if processes == 1:
        for job in jobs:
            yield job, _outcome(lambda job=job: work(job))  # type: ignore[misc]
        return
    with _single_threads(), spawned(processes) as pool:
        futures: dict[Future[Done], Job] = {pool.submit(work, job): job for job in jobs}
        for future in as_completed(futures):
            yield futures[future], _outcome(future.result)


def _outcome(result: Callable[[], Done]) -> Done | Exception:
    try:
        return result()
    except EXPECTED as error:
        return error


@contextmanager
def _single_threads() -> Iterator[None]:
    """Processes that are started in the block compute with one thread each, unless the user said otherwise."""
    new = [name for name in THREAD_VARIABLES if name not in os.environ]
    os.environ.update(dict.fromkeys(new, "1"))
    try:
        yield
    finally:
        for name in new:
            del os.environ[name]


def _report(job: Job, outcome: Done | Exception) -> bool:
    """Prints what became of a job; whether it was done."""
    if isinstance(outcome, Done):
        say(outcome.message)
        if outcome.warning:
            warn(outcome.warning)
        return True
    text = str(outcome) or type(outcome).__name__
    fail(text if job.source.name in text else f"{job.source.name}: {text}")
    return False

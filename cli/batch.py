"""Several files at once: processes that make them, progress, and which of them failed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from cli.console import FAILURE, announce, answer, fail, progress_bar, say, show_error, warn
from cli.streams import READ_NAME, STREAM
from cli.targets import Job
from ops.cores import usable_cores
from ops.files import made
from sapm.processes import spawned

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""What keeps each of several processes to one core."""


@dataclass(frozen=True)
class Done:
    """What to say of a finished job, what to warn of, and its result for programs."""

    message: str
    warning: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)


Work = Callable[[Job], Done]
"""Makes one target; it is sent to other processes, so it must be picklable."""


def share_cores(jobs: int, workers: int | None) -> tuple[int, int]:
    """Processes for so many jobs, at most `workers` (default: one a core), and the threads of each."""
    cores = usable_cores()
    processes = min(workers or cores, jobs)
    return processes, max(1, cores // processes)


def run_jobs(work: Work, jobs: Sequence[Job], processes: int, doing: str) -> int:
    """Does all jobs in so many processes; the exit code, 0 where all went well.

    What becomes of each is printed as it finishes. One that fails is named, and the others are done all the same.
    """
    with ExitStack() as folders:
        for folder in dict.fromkeys(job.target.parent for job in jobs):
            folders.enter_context(made(folder))
        several = len(jobs) > 1
        results = _run_several(work, jobs, processes, doing) if several else _run_one(work, jobs[0], doing)
    answer([fields for _, fields in results])
    failed = sum(code != 0 for code, _ in results)
    if failed and several:
        fail(f"{failed} of {len(jobs)} files failed")
    return max((code for code, _ in results), default=FAILURE)


Result = tuple[int, dict[str, Any]]
"""Exit code of a job, and what to answer of it."""


def _run_one(work: Work, job: Job, doing: str) -> list[Result]:
    with announce(doing):
        outcome = _outcome(lambda: work(job))
    return [_report(job, outcome)]


def _run_several(work: Work, jobs: Sequence[Job], processes: int, doing: str) -> list[Result]:
    with progress_bar() as progress:
        bar = progress.add_task(doing, total=len(jobs))
        results = []
        for job, outcome in _outcomes(work, jobs, processes):
            results.append(_report(job, outcome))
            progress.advance(bar)
    return results


def _outcomes(work: Work, jobs: Sequence[Job], processes: int) -> Iterator[tuple[Job, Done | Exception]]:
    """Each job with what became of it, in the order in which they finish."""
    if processes == 1:
        for job in jobs:
            yield job, _outcome(lambda job=job: work(job))  # type: ignore[misc]
        return
    with _single_threads(), spawned(processes, warn) as workers:
        futures: dict[Future[Done], Job] = {workers.submit(work, job): job for job in jobs}
        for future in as_completed(futures):
            yield futures[future], _outcome(future.result)


def _outcome(result: Callable[[], Done]) -> Done | Exception:
    try:
        return result()
    except Exception as error:
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


def _report(job: Job, outcome: Done | Exception) -> Result:
    """Prints what became of a job."""
    fields = {"source": str(job.source), "target": str(job.target)}
    if isinstance(outcome, Exception):
        return show_error(outcome, READ_NAME if job.source == STREAM else job.source.name), {
            **fields,
            "error": str(outcome),
        }
    say(outcome.message)
    if outcome.warning:
        warn(outcome.warning)
    return 0, {**fields, **outcome.result}

"""Many tasks on a dask.distributed cluster: processes of this machine, or the workers of a given scheduler."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, as_completed
from distributed.client import FutureCancelledError

CONNECT_SECONDS = 8
"""How long a scheduler may take to answer, and then to show a worker."""

TASKS_PER_WORKER = 3
"""Tasks under way for each thread of the workers: enough to keep them busy, few enough for memory."""

ALONE = 2
"""Workers that a task may lose while no other runs."""

RESTART_SECONDS = 30
"""How long it may take until a worker is there again after one died."""

Key = TypeVar("Key")
Value = TypeVar("Value")
Result = TypeVar("Result")


class SchedulerError(RuntimeError):
    """A cluster that cannot be used; the message is one line that says why."""


@contextmanager
def connect(scheduler: str | None, workers: int) -> Iterator[Client]:
    """A client of the scheduler at an address such as tcp://host:8786, or of `workers` new processes of this machine.

    Raises SchedulerError where the scheduler does not answer, or has no worker, within seconds.
    """
    for name in ("distributed", "distributed.comm", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is raised
    settings = {"distributed.comm.timeouts.connect": CONNECT_SECONDS, "distributed.scheduler.allowed-failures": 0}
    with dask.config.set(settings):
        if scheduler is not None:
            with _client_of(scheduler) as client:
                yield client
            return
        local: dict[str, Any] = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, **local) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            yield client


@contextmanager
def _client_of(address: str) -> Iterator[Client]:
    with _connected(address) as client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            raise SchedulerError(f"scheduler {address} must have at least 1 worker (`dask worker`), not 0") from error
        yield client


def _connected(address: str) -> Client:
    """A client of the scheduler at this address. Raises SchedulerError."""
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        reason = type(error).__name__
    # A client that was half made takes a lock when it is deleted: were that left to a later moment, and came while
    # another client is made in the same thread, which holds this lock, it would wait for ever.
    gc.collect()
    raise SchedulerError(
        f"scheduler {address} does not answer ({reason}): it must be the address that `dask scheduler` prints, "
        "e.g. tcp://host:8786"
    )


def scattered(client: Client, value: Value, broadcast: bool = False) -> Callable[[], Future[Value]]:
    """Gives the future of a value that workers hold; sent when first asked for, and anew where all that held it died.

    Raises SchedulerError where no worker is left.
    """
    sent: list[Future[Value]] = []

    def future() -> Future[Value]:
        if not sent or sent[0].status != "finished":
            try:
                client.wait_for_workers(1, timeout=RESTART_SECONDS)
            except TimeoutError as error:
                raise SchedulerError("the scheduler has no worker left") from error
            sent[:] = [client.scatter(value, broadcast=broadcast, hash=False)]
        return sent[0]

    return future


class TaskDied(RuntimeError):
    """A task whose workers ended within it; what may come of a task in place of a result."""


def run_tasks(
    client: Client,
    task: Callable[..., Result],
    arguments: Iterable[tuple[Key, Callable[[], tuple[Any, ...]]]],
) -> Iterator[tuple[Key, Result | TaskDied]]:
    """(key, task(*make())) of each pair (key, make), in any order; pairs are taken as workers become free.

    Tasks of a worker that died are done again when all others are, one at a time, so that each shows by itself whether
    it is what kills workers; one that does so ALONE times has TaskDied for its result. Raises RuntimeError with the
    key and the reason for the first task that fails otherwise.
    """
    pending = iter(arguments)
    window = TASKS_PER_WORKER * max(1, sum(client.nthreads().values()))
    running: dict[str, tuple[Key, Callable[[], tuple[Any, ...]]]] = {}
    again: list[tuple[Key, Callable[[], tuple[Any, ...]]]] = []

    def submit(count: int) -> list[Future[Result]]:
        futures = []
        for key, make in islice(pending, count):
            future = client.submit(task, *make(), pure=False)
            running[str(future.key)] = key, make
            futures.append(future)
        return futures

    queue = as_completed(submit(window), loop=client.loop)
    for future in queue:
        key, make = running.pop(str(future.key))
        result = _result(key, future)
        future.release()
        queue.update(submit(1))
        if isinstance(result, TaskDied):
            again.append((key, make))
        else:
            yield key, result
    for key, make in again:
        yield key, _alone(client, task, key, make)


def _alone(
    client: Client, task: Callable[..., Result], key: object, make: Callable[[], tuple[Any, ...]]
) -> Result | TaskDied:
    """What comes of a task while no other runs."""
    for _ in range(ALONE):
        result = _result(key, client.submit(task, *make(), pure=False))
        if not isinstance(result, TaskDied):
            return result
    return TaskDied(f"{key}: the process that did it ended {ALONE} times, as it does where memory runs out")


def _result(key: object, future: Future[Result]) -> Result | TaskDied:
    """Raises RuntimeError with the key where the task failed."""
    try:
        return future.result()
    except (KilledWorker, CancelledError, FutureCancelledError):
        return TaskDied()
    except Exception as error:
        raise RuntimeError(f"{key}: {str(error) or type(error).__name__}") from error

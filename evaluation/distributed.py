"""Many tasks on a dask.distributed cluster: processes of this machine, or the workers of a given scheduler."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import dask
from distributed import Client, Future, LocalCluster, as_completed

CONNECT_SECONDS = 8
"""How long a scheduler may take to answer, and then to show a worker."""

TASKS_PER_WORKER = 3
"""Tasks under way for each thread of the workers: enough to keep them busy, few enough for memory."""

Key = TypeVar("Key")
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
    with dask.config.set({"distributed.comm.timeouts.connect": CONNECT_SECONDS}):
        if scheduler is not None:
            with _client_of(scheduler) as client:
                yield client
            return
        settings: dict[str, Any] = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, **settings) as cluster,
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


def run_tasks(
    client: Client, task: Callable[..., Result], arguments: Iterable[tuple[Key, tuple[Any, ...]]]
) -> Iterator[tuple[Key, Result]]:
    """(key, task(*arguments)) of each pair (key, arguments), in any order; pairs are taken as workers become free.

    Raises RuntimeError with the key and the reason for the first task that fails.
    """
    pending = iter(arguments)
    window = TASKS_PER_WORKER * max(1, sum(client.nthreads().values()))
    keys: dict[str, Key] = {}

    def submit(count: int) -> list[Future[Result]]:
        futures = []
        for key, values in islice(pending, count):
            future = client.submit(task, *values, pure=False)
            keys[str(future.key)] = key
            futures.append(future)
        return futures

    queue = as_completed(submit(window), loop=client.loop)
    for future in queue:
        key = keys.pop(str(future.key))
        try:
            result = future.result()
        except Exception as error:
            raise RuntimeError(f"{key}: {error or type(error).__name__}") from error
        future.release()
        queue.update(submit(1))
        yield key, result

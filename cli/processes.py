"""Processes of this machine that commands share work among."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager


@contextmanager
def spawned(count: int) -> Iterator[ProcessPoolExecutor]:
    """So many fresh processes; what has not begun is dropped when the block is left."""
    pool = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)

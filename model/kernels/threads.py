"""Shares the items of a kernel among threads: as many as torch uses, each item computed by exactly one of them."""

import itertools
import threading
from collections.abc import Callable

import torch

CHUNKS_PER_THREAD = 4
"""More chunks than threads, so that a thread whose core is taken away does not hold up the others."""

WORK_PER_THREAD = 2_000_000
"""Multiply-adds below which another thread costs more than it brings (starting one takes some 0.1 ms)."""


def share(job: Callable[[int, int], None], items: int, work: int) -> None:
    """Calls job(first, last) until all of range(items) is done; `work` is the number of multiply-adds in all.

    The threads live for one call only: nothing remains that a forked process would miss, and calls from several
    threads at once need no lock. An error in one thread is raised here after all have ended.
    """
    threads = max(1, min(torch.get_num_threads(), items, work // WORK_PER_THREAD))
    if threads == 1:
        job(0, items)
        return
    chunks = min(items, threads * CHUNKS_PER_THREAD)
    ticket = itertools.count()
    errors: list[BaseException] = []

    def take() -> None:
        try:
            while (chunk := next(ticket)) < chunks:
                job(chunk * items // chunks, (chunk + 1) * items // chunks)
        except BaseException as error:
            errors.append(error)

    helpers = [threading.Thread(target=take, daemon=True) for _ in range(threads - 1)]
    for helper in helpers:
        helper.start()
    take()
    for helper in helpers:
        helper.join()
    if errors:
        raise errors[0]

"""Shares the items of a loop among torch's own threads, each item computed by exactly one of them.

Threads of our own would fight with torch's for the cores: after each operation of torch OpenMP's threads keep spinning
for some milliseconds, which is longer than most of these loops take.
"""

import ctypes
import functools
import os
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.kernels.loops import ADDRESSES, Task, worker

CHUNKS_PER_THREAD = 4
"""More chunks than threads, so that a thread whose core is taken away does not hold up the others."""

WORK_ALONE = 2_000_000
"""Multiply-adds up to which one thread works alone: 0.1 ms, while waking another takes up to 0.05 ms."""

WORKER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
PROCESS = os.getpid()


@functools.cache
def _parallel() -> Any:
    """`GOMP_parallel(worker, plan, threads, flags)` of the OpenMP that torch is linked to; None where it is another."""
    try:
        function = ctypes.CDLL(torch._C.__file__).GOMP_parallel  # searches all libraries that this one needs
    except (AttributeError, OSError):
        return None
    function.argtypes, function.restype = (WORKER, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint), None
    return function


def _threads(work: int) -> int:
    """All of torch's threads or one: OpenMP ends those that it is not asked for, and starts them anew for torch."""
    forked = os.getpid() != PROCESS  # without the threads of its parent, whom OpenMP would wait for in vain
    return 1 if work <= WORK_ALONE or forked or _parallel() is None else torch.get_num_threads()


def share(task: Task, tensors: tuple[Tensor, ...], sizes: tuple[int, ...], items: int, work: int) -> None:
    """Runs a loop until all of range(items) is done; `work` is the number of multiply-adds in all."""
    threads = _threads(work)
    addresses = [tensor.data_ptr() for tensor in tensors] + [0] * (ADDRESSES - len(tensors))
    plan = np.array([0, min(items, threads * CHUNKS_PER_THREAD), items, task, *addresses, *sizes], np.int64)
    run = WORKER(worker())
    if threads == 1:
        run(plan.ctypes.data)
    else:
        _parallel()(run, plan.ctypes.data, threads, 0)

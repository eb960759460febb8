"""Several processes as one: joined by torchrun's environment; every function is the identity for a single process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as torch_distributed
from torch import Tensor


def _is_active() -> bool:
    return torch_distributed.is_available() and torch_distributed.is_initialized()


def rank() -> int:
    """This process among all, from 0."""
    return torch_distributed.get_rank() if _is_active() else 0


def size() -> int:
    """How many processes train together."""
    return torch_distributed.get_world_size() if _is_active() else 1


def sum_over_processes(tensor: Tensor) -> Tensor:
    """The sum of `tensor` over all processes, in place; equal bits on every process."""
    if _is_active():
        torch_distributed.all_reduce(tensor)
    return tensor


def maximum_over_processes(tensor: Tensor) -> Tensor:
    """The elementwise maximum over all processes, in place."""
    if _is_active():
        torch_distributed.all_reduce(tensor, op=torch_distributed.ReduceOp.MAX)
    return tensor


def choose_device(name: str) -> torch.device:
    """The device of this process for "cpu", "cuda" or "auto". Raises ValueError for others and where CUDA is absent."""
    if name not in ("cpu", "cuda", "auto"):
        raise ValueError(f"device must be 'cpu', 'cuda' or 'auto', not {name!r}")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device must be 'cpu' here, not 'cuda': torch sees no CUDA device")
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))


@contextmanager
def process_group(device: torch.device) -> Iterator[None]:
    """Joins the other processes for the block where torchrun started this one, else does nothing."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    torch_distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield
    finally:
        torch_distributed.destroy_process_group()

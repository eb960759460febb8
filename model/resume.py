"""The state of a training run beside its checkpoint: all that the next step depends on, random generators included."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from model.checkpoint import CheckpointError
from model.codec import Codec
from model.deconvolution import deconvolutions_of
from model.plan import TrainingPlan
from model.shift import shifts_of
from ops.files import replacing

FORMAT = "sapm-training-7"


class Resumable(Protocol):
    """What of a training run its state is made of; see Trainer."""

    codec: Codec
    plan: TrainingPlan
    device: torch.device
    optimizer: torch.optim.Adam
    average: dict[str, Tensor]
    step: int
    spent: float
    processor: float
    origin: dict[str, Any]

    @property
    def resume_path(self) -> Path:
        """The file of the state."""


def save_state(run: Resumable) -> None:
    """Writes `run.resume_path`, whole or not at all. Raises OSError."""
    state = {
        "format": FORMAT,
        "configuration": run.codec.configuration.to_dictionary(),
        "plan": run.plan.lasting_fields(),
        "codec": run.codec.state_dict(),
        "average": run.average,
        "optimizer": run.optimizer.state_dict(),
        "step": run.step,
        "spent": run.spent,
        "processor": run.processor,
        "origin": run.origin,
        "calls": [module.calls for module in deconvolutions_of(run.codec)],
        "hardening": [(module.hardness, module.order) for module in shifts_of(run.codec)],
        # all processes draw from generators in the same state
        "generator": torch.get_rng_state(),
        "cuda_generator": torch.cuda.get_rng_state(run.device) if run.device.type == "cuda" else None,
    }
    with replacing(run.resume_path) as stream:
        try:
            torch.save(state, stream)
        except RuntimeError as error:  # how its archive writer may report a full disk
            raise OSError(f"{run.resume_path} could not be written ({error})") from error


def load_state(run: Resumable) -> None:
    """Takes over what `save_state` wrote. Batches depend on the step alone and need no state.

    Raises FileNotFoundError, and CheckpointError for a torn file or one of another configuration or plan.
    """
    path = run.resume_path
    if path.exists() and not zipfile.is_zipfile(path):
        raise CheckpointError(f"{path} must be the state of a training run, and is not readable")
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path} must be the state of a training run, and is not readable") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CheckpointError(f"{path} must be a training state of format {FORMAT!r}")
    _require_equal(path.name, "configuration", state["configuration"], run.codec.configuration.to_dictionary())
    _require_equal(path.name, "plan", state["plan"], run.plan.lasting_fields())
    run.codec.load_state_dict(state["codec"])
    run.optimizer.load_state_dict(state["optimizer"])
    run.average = {name: value.to(run.device) for name, value in state["average"].items()}
    run.step, run.spent, run.processor = state["step"], state["spent"], state["processor"]
    run.origin = state["origin"]
    for module, calls in zip(deconvolutions_of(run.codec), state["calls"], strict=True):
        module.calls = calls
    for shift, (hardness, order) in zip(shifts_of(run.codec), state["hardening"], strict=True):
        shift.hardness = hardness
        shift.order.copy_(order)
    torch.set_rng_state(state["generator"])
    if run.device.type == "cuda" and state["cuda_generator"] is not None:
        torch.cuda.set_rng_state(state["cuda_generator"], run.device)


def _require_equal(name: str, what: str, stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    for key in sorted(stored.keys() | wanted.keys()):
        if stored.get(key) != wanted.get(key):
            raise CheckpointError(
                f"{name}: {key} of the {what} must be {stored.get(key)!r}, as it was, not {wanted.get(key)!r}"
            )

"""The state of a training run beside its checkpoint: all that the next step depends on, random generators included."""

from __future__ import annotations

import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import torch

from model.checkpoint import CheckpointError, replacing
from model.deconvolution import ImplicitDeconvolution

if TYPE_CHECKING:
    from model.training import Trainer

FORMAT = "sapm-training-2"


def save_state(trainer: Trainer) -> None:
    """Writes `trainer.resume_path`, whole or not at all. Raises OSError."""
    state = {
        "format": FORMAT,
        "configuration": trainer.codec.configuration.to_dictionary(),
        "plan": trainer.plan.lasting_fields(),
        "codec": trainer.codec.state_dict(),
        "average": trainer.average,
        "optimizer": trainer.optimizer.state_dict(),
        "step": trainer.step,
        "spent": trainer.spent,
        "calls": [module.calls for module in _deconvolutions(trainer)],
        # all processes draw from generators in the same state
        "generator": torch.get_rng_state(),
        "cuda_generator": torch.cuda.get_rng_state(trainer.device) if trainer.device.type == "cuda" else None,
    }
    with replacing(trainer.resume_path) as stream:
        try:
            torch.save(state, stream)
        except RuntimeError as error:  # how its archive writer may report a full disk
            raise OSError(f"{trainer.resume_path} could not be written ({error})") from error


def load_state(trainer: Trainer) -> None:
    """Takes over what `save_state` wrote. Batches depend on the step alone and need no state.

    Raises FileNotFoundError, and CheckpointError for a torn file or one of another configuration or plan.
    """
    path = trainer.resume_path
    if path.exists() and not zipfile.is_zipfile(path):
        raise CheckpointError(f"{path} must be the state of a training run, and is not readable")
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path} must be the state of a training run, and is not readable") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CheckpointError(f"{path} must be a training state of format {FORMAT!r}")
    _require_equal(path.name, "configuration", state["configuration"], trainer.codec.configuration.to_dictionary())
    _require_equal(path.name, "plan", state["plan"], trainer.plan.lasting_fields())
    trainer.codec.load_state_dict(state["codec"])
    trainer.optimizer.load_state_dict(state["optimizer"])
    trainer.average = {name: value.to(trainer.device) for name, value in state["average"].items()}
    trainer.step, trainer.spent = state["step"], state["spent"]
    for module, calls in zip(_deconvolutions(trainer), state["calls"], strict=True):
        module.calls = calls
    torch.set_rng_state(state["generator"])
    if trainer.device.type == "cuda" and state["cuda_generator"] is not None:
        torch.cuda.set_rng_state(state["cuda_generator"], trainer.device)


def _deconvolutions(trainer: Trainer) -> list[ImplicitDeconvolution]:
    return [module for module in trainer.codec.modules() if isinstance(module, ImplicitDeconvolution)]


def _require_equal(name: str, what: str, stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    for key in sorted(stored.keys() | wanted.keys()):
        if stored.get(key) != wanted.get(key):
            raise CheckpointError(
                f"{name}: {key} of the {what} must be {stored.get(key)!r}, as it was, not {wanted.get(key)!r}"
            )

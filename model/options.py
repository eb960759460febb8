"""Options of training: what the command line leaves open, and what it may not ask for."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model import distributed
from model.checkpoint import read_record
from model.configuration import CodecConfiguration, preset
from model.plan import TrainingPlan

CONTEXT_CROP = 256
"""Side of the crops where there are hyper networks: they need more than the borders of their own maps, at 1/64."""

SHIFT_SHARES = {"soft_share": 0.6, "hardening_share": 0.35}
"""Of the budget of a run from nothing: for how long shift weights are soft, and for how long they harden then."""


def say(message: str, is_error: bool = False) -> None:
    """A line from the first of several processes."""
    if distributed.rank() == 0:
        print(message, file=sys.stderr if is_error else sys.stdout, flush=True)


@dataclass(frozen=True)
class Settings:
    """What is trained: a configuration, and the fields of the plan that are given."""

    configuration: CodecConfiguration
    plan: Mapping[str, Any]


@dataclass(frozen=True)
class Start:
    """What a run begins with: the weights of a checkpoint, a linear codec (None: unless there is anything else), or the
    state of the run that wrote the file; which else `may_replace`."""

    checkpoint: Path | None = None
    is_linear: bool | None = None
    is_resumed: bool = False
    may_replace: bool = False


def configuration_of(name: Any, fields: Mapping[str, Any]) -> CodecConfiguration:
    """The preset `name` with these fields. Raises ValueError for what is refused."""
    given = dict(fields)
    strides = given.pop("strides", None)
    return replace(preset(name) if strides is None else preset(name, strides), **given)


def crop_side(given: int | None, configuration: CodecConfiguration) -> int:
    """The side of the crops; a hyper network needs more than the borders of its own maps, at 1/64, to learn from."""
    if configuration.entropy != "context":
        return given or 128
    if given is not None and given < CONTEXT_CROP:
        say(f"warning: crops of {given} show the hyper networks {-(-given // 64)} positions a side", is_error=True)
    return given or CONTEXT_CROP


def shift_share(name: str, given: float | None, out: Path, start: Path | None, is_resumed: bool) -> float:
    """The share of the budget called `name` in which shift weights are soft, or harden. Where it is not given: that of
    the run that is resumed, none for one that starts from a checkpoint, whose weights are hard already."""
    if given is not None:
        return given
    if is_resumed and out.exists():
        return float(read_record(out).get(name, 0.0))
    return SHIFT_SHARES[name] if start is None else 0.0


def starts_linear(given: bool | None, start: Path | None, is_resumed: bool) -> bool:
    """Whether a run begins as a linear codec: unless other weights are given or it is said not to. Raises ValueError
    where both are asked for."""
    has_weights = start is not None or is_resumed
    if given and has_weights:
        raise ValueError("--linear-start must stand alone, not beside --start-from or --resume")
    return not has_weights if given is None else given


def check_crop(configuration: CodecConfiguration, plan: TrainingPlan) -> None:
    """Raises ValueError where crops do not fit the strides."""
    if plan.crop % configuration.reduction:
        reduction = configuration.reduction
        raise ValueError(f"crop must be a multiple of {reduction} at these strides, not {plan.crop!r}")


def check_files(configuration: CodecConfiguration, plan: TrainingPlan, out: Path, may_replace: bool) -> None:
    """Raises ValueError where crops do not fit the strides, or the file to write is none or exists."""
    check_crop(configuration, plan)
    if out.suffix != ".npz":
        raise ValueError(f"the output must end in .npz, not {str(out)!r}")
    if out.exists() and not may_replace:
        raise ValueError(f"the output must not exist without --resume or --force, {str(out)!r} does")

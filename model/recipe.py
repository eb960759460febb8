"""A queue of training: one configuration and stages in their order, read from TOML and checked before anything runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_type_hints

from model.calibration import CALIBRATION_SIDE, check_quantizable, load_quantized
from model.checkpoint import adopt_weights, load_checkpoint, read_record
from model.codec import Codec
from model.configuration import CodecConfiguration
from model.crops import Augmentation
from model.entropy_training import ENTROPY_DEFAULTS, ENTROPY_FIELDS, PICTURES, check_pictures
from model.fields import fields_from, require_known, typed
from model.finetuner import Stages
from model.finetuning_run import FINETUNE_DEFAULTS, FINETUNED, INHERITED, INTERVALS, WARM_UP
from model.options import Settings, check_crop, configuration_of
from model.plan import TrainingPlan
from model.quantization.budget import DEFAULT_NOISE, check_noise
from model.quantization.formats import BitWidths
from ops.files.fields import read_toml

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

KINDS = ("train", "finetune", "entropy")

DEFAULT_PRESET = "small"

LINEAR, PREVIOUS = "linear", "previous"

STEPS = ("layer_steps", "joint_steps")
WIDTHS = ("weight", "narrow")
"""Fields of BitWidths that a stage of fine-tuning may choose: those of weights. Maps follow from the noise."""


@dataclass(frozen=True)
class Stage:
    """One run: `kind` "train", "finetune" or "entropy"; `start` "linear", "previous" or the path of a checkpoint;
    `label` its number and name, which its files have. `stages`, `noise` and `widths` are of fine-tuning, `pictures` of
    the entropy model."""

    label: str
    kind: str
    start: str
    configuration: CodecConfiguration
    plan: TrainingPlan
    stages: Stages | None = None
    noise: float = DEFAULT_NOISE
    widths: BitWidths = field(default_factory=BitWidths)
    pictures: int = PICTURES

    @property
    def is_quantized(self) -> bool:
        """Whether its checkpoint is of integers."""
        return self.kind != "train"

    @property
    def start_path(self) -> Path | None:
        """The checkpoint of another run that it starts from."""
        return None if self.start in (LINEAR, PREVIOUS) else Path(self.start)

    @property
    def smallest_side(self) -> int:
        """Of the photographs that it can use."""
        return max(CALIBRATION_SIDE, self.plan.crop) if self.is_quantized else self.plan.crop

    def hardness(self, share: float) -> float:
        """The share of the shift weights that are powers of two when `share` of the budget is spent."""
        if self.is_quantized:
            return 1.0
        hardness = self.plan.hardness(min(share, 1.0))
        return 1.0 if hardness is None else 0.0 if self.plan.soft_share == 1 else hardness


@dataclass(frozen=True)
class Queue:
    """Stages in the order in which they run."""

    name: str
    stages: tuple[Stage, ...]

    @property
    def smallest_side(self) -> int:
        """Of the photographs: all stages use the same, so that what is held out of one is held out of all."""
        return max(stage.smallest_side for stage in self.stages)


def read_queue(path: Path) -> Queue:
    """The queue in a TOML file. Raises ValueError for what is wrong in it, naming the value and what is allowed, and
    for checkpoints to start from that do not fit; OSError where a file cannot be read."""
    content = read_toml(path)
    require_known("the queue", content, ("name", "preset", "configuration", "stages"))
    name = _name("name", content.get("name"))
    configuration = _configuration(content.get("preset"), content.get("configuration", {}))
    tables = content.get("stages")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ValueError(f"stages must be one [[stages]] or more, not {tables!r}")
    stages: list[Stage] = []
    for number, table in enumerate(tables, 1):
        try:
            stages.append(_stage(number, table, configuration, stages[-1] if stages else None))
        except ValueError as error:
            raise ValueError(f"stage {number}: {error}") from error
    return Queue(name, tuple(stages))


def _name(what: str, value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueError(f"{what} must be 1 to 64 letters, digits, '_' and '-', not {value!r}")
    return value


def _configuration(preset_name: Any, overrides: Any) -> CodecConfiguration:
    if not isinstance(overrides, dict):
        raise ValueError(f"configuration must be a table of fields, not {overrides!r}")
    return configuration_of(preset_name, fields_from("the configuration", overrides, CodecConfiguration))


def read_settings(
    path: Path | None, preset_name: str | None, configuration: Mapping[str, Any], plan: Mapping[str, Any]
) -> Settings:
    """What is trained: that of a TOML file with `preset`, [configuration] and [plan], where there is one, and what is
    given before it. Raises ValueError for what is wrong, OSError where the file cannot be read."""
    content = {} if path is None else read_toml(path)
    require_known("the recipe", content, ("preset", "configuration", "plan"))
    fields = {
        name: fields_from(f"[{name}]", content.get(name, {}), kind)
        for name, kind in (("configuration", CodecConfiguration), ("plan", TrainingPlan))
    }
    chosen = preset_name or content.get("preset", DEFAULT_PRESET)
    return Settings(configuration_of(chosen, {**fields["configuration"], **configuration}), {**fields["plan"], **plan})


def _stage(number: int, table: dict[str, Any], configuration: CodecConfiguration, before: Stage | None) -> Stage:
    fields = dict(table)
    label = f"{number}-{_name('name', fields.pop('name', None))}"
    kind = fields.pop("kind", None)
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, not {kind!r}")
    start = fields.pop("start", LINEAR if before is None else PREVIOUS)
    _check_start(start, kind, before)
    stage = MAKERS[kind](label, start, fields, configuration, before)
    check_crop(stage.configuration, stage.plan)
    Augmentation(stage.plan.crop, stage.plan.smallest_scale, stage.plan.largest_scale)
    _check_weights(stage)
    return stage


def _check_start(start: Any, kind: str, before: Stage | None) -> None:
    is_path = isinstance(start, str) and start.endswith(".npz")
    words = [word for word, fits in ((LINEAR, kind == "train"), (PREVIOUS, before is not None)) if fits]
    if not is_path and start not in words:
        allowed = " or ".join([*map(repr, words), "the path of a checkpoint (.npz)"])
        raise ValueError(f"start must be {allowed} here, not {start!r}")


def _training(
    label: str, start: str, fields: dict[str, Any], configuration: CodecConfiguration, before: Stage | None
) -> Stage:
    branches = fields.pop("branches", configuration.branches)
    own = replace(configuration, branches=typed("branches", branches, str))
    plan = TrainingPlan(**fields_from("a train stage", fields, TrainingPlan, tuple(get_type_hints(TrainingPlan))))
    if not {"steps", "seconds"} & fields.keys():
        raise ValueError("steps or seconds must be given, its budget")
    if start == LINEAR and own.shortcut == "pool" and own.branches == "adder":
        raise ValueError(f"branches must not be 'adder' beside a pooled shortcut with the start {start!r}")
    return Stage(label, "train", start, own, plan)


def _fine_tuning(
    label: str, start: str, fields: dict[str, Any], configuration: CodecConfiguration, before: Stage | None
) -> Stage:
    what = "a finetune stage"
    require_known(what, fields, (*STEPS, "noise", *WIDTHS, *FINETUNED, *INTERVALS))
    noise = check_noise(typed("noise", fields.pop("noise", DEFAULT_NOISE), float))
    weights = {name: fields.pop(name) for name in WIDTHS if name in fields}
    widths = BitWidths(**fields_from(what, weights, BitWidths, WIDTHS))
    missing = sorted({*STEPS} - fields.keys())
    if missing:
        raise ValueError(f"{' and '.join(STEPS)} must be given; {missing[0]} is missing")
    steps = {name: typed(name, fields.pop(name), int) for name in STEPS}
    stages = Stages(**steps)
    given = fields_from(what, fields, TrainingPlan, (*FINETUNED, *INTERVALS))
    defaults = {**FINETUNE_DEFAULTS, "warm_up": min(WARM_UP, stages.total)}
    own, inherited = _inherited(start, configuration, before)
    plan = TrainingPlan(**{**inherited, **defaults, **given, "steps": stages.total})
    return Stage(label, "finetune", start, own, plan, stages, noise, widths)


def _entropy(
    label: str, start: str, fields: dict[str, Any], configuration: CodecConfiguration, before: Stage | None
) -> Stage:
    what = "an entropy stage"
    require_known(what, fields, ("pictures", *ENTROPY_FIELDS))
    pictures = check_pictures(typed("pictures", fields.pop("pictures", PICTURES), int))
    if "steps" not in fields:
        raise ValueError("steps must be given, its budget")
    if start == PREVIOUS and before is not None and not before.is_quantized:
        raise ValueError(f"start must be a quantized codec, and the stage before is of kind {before.kind!r}")
    given = fields_from(what, fields, TrainingPlan, ENTROPY_FIELDS)
    own, inherited = _inherited(start, configuration, before)
    rates = {name: inherited[name] for name in ("rate_weights",) if name in inherited}
    return Stage(
        label, "entropy", start, own, TrainingPlan(**{**rates, **ENTROPY_DEFAULTS, **given}), pictures=pictures
    )


def _inherited(
    start: str, configuration: CodecConfiguration, before: Stage | None
) -> tuple[CodecConfiguration, dict[str, Any]]:
    """Configuration and fields of the plan of what a stage starts from."""
    if start == PREVIOUS and before is not None:
        return before.configuration, {name: getattr(before.plan, name) for name in INHERITED}
    if not Path(start).is_file():  # a checkpoint that is missing is named where weights are checked
        return configuration, {}
    own, record = load_checkpoint(Path(start)).configuration, read_record(Path(start))
    found = {name: record[name] for name in INHERITED if name in record}
    return own, found | ({"rate_weights": tuple(found["rate_weights"])} if "rate_weights" in found else {})


MAKERS = {"train": _training, "finetune": _fine_tuning, "entropy": _entropy}


def _check_weights(stage: Stage) -> None:
    """Raises ValueError where what a stage starts from is no start for it."""
    codec = Codec(stage.configuration)
    if stage.is_quantized:
        check_quantizable(codec)
    if stage.start_path is not None:
        if not stage.start_path.is_file():
            raise ValueError(f"start must be a checkpoint, and {stage.start!r} is no file")
        adopt_weights(codec, stage.start_path)
        if stage.kind == "entropy":
            load_quantized(stage.start_path)

"""Options of training, from dataclasses, a file and the command line; and the commands that quantize a checkpoint."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from command import invoke
from model.calibration import RECORD as QUANTIZED
from model.checkpoint import read_record
from model.configuration import CodecConfiguration
from model.fields import HELP
from model.guides import RECORD as GUIDES
from model.plan import TrainingPlan
from model.recipe import read_settings

RECIPE = """
preset = "tiny"

[configuration]
branches = "shift"
adder_channels = 4

[plan]
steps = 7
rate_weights = [64, 128]
"""


def test_every_field_is_an_option_with_its_text() -> None:
    printed = invoke("train", "--help").words.replace(" ", "")
    for kind in (CodecConfiguration, TrainingPlan):
        for field in fields(kind):
            option = f"--{field.name}".replace("_", "-")
            assert option in printed and field.metadata[HELP]


def test_options_come_before_the_recipe_and_the_recipe_before_the_preset(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    settings = read_settings(path, None, {"adder_channels": 6}, {"steps": 9})
    configuration = settings.configuration
    assert (configuration.widths, configuration.branches, configuration.adder_channels) == ((16, 16, 24), "shift", 6)
    assert settings.plan == {"steps": 9, "rate_weights": (64.0, 128.0)}
    assert read_settings(path, "base", {}, {}).configuration.widths == (48, 128, 256)
    assert read_settings(None, None, {"strides": (2, 2, 2)}, {}).configuration.first_kernel == 5


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"tiny"', '"huge"', "preset must be one of"),
        ("steps = 7", "step = 7", r"fields of \[plan\] must be among"),
        ("steps = 7", "steps = 7.5", "steps must be an integer, not 7.5"),
        ("[64, 128]", "64", "rate_weights must be a list of 2 numbers, not 64"),
        ("[plan]", "[plans]", "fields of the recipe must be among preset, configuration, plan"),
        ("[plan]", "[plan", "must be TOML"),
    ],
)
def test_a_wrong_recipe_is_named(before: str, after: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE.replace(before, after))
    with pytest.raises(ValueError, match=said):
        read_settings(path, None, {}, {})


def test_a_value_of_another_type_is_wrong_usage(tmp_path: Path) -> None:
    assert invoke("train", "--data", tmp_path, "-o", tmp_path / "a.npz", "--steps", "many").exit_code == 2


@pytest.mark.slow
def test_quantizing_and_guiding(float_checkpoint: Path, photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "quantized.npz"
    done = invoke("quantize", float_checkpoint, "--data", photographs, "-o", out, "--limit", 2, "--json", "--quiet")
    assert done.exit_code == 0 and json.loads(done.output) == {"checkpoint": str(out)}
    record = read_record(out)
    assert record[QUANTIZED][GUIDES]["gains"] and QUANTIZED not in read_record(float_checkpoint)
    assert invoke("guides", out, "--data", photographs, "--limit", 1).exit_code == 0
    assert read_record(out)[QUANTIZED][GUIDES]["gains"] != record[QUANTIZED][GUIDES]["gains"]
    (tmp_path / "letter.npz").write_bytes(b"dear")
    refused = invoke("quantize", float_checkpoint, "--data", photographs, "-o", tmp_path / "letter.npz")
    assert refused.exit_code == 1 and "is there, and not a quantized checkpoint" in refused.words
    refused = invoke("guides", float_checkpoint, "--data", photographs)
    assert refused.exit_code == 1 and "must be quantized first (sapm quantize)" in refused.words

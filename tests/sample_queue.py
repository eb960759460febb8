"""A queue of three short stages, and the command that runs it."""

from __future__ import annotations

from pathlib import Path

from command import Result, invoke

HEAD = """
name = "trial"
preset = "tiny"

[configuration]
widths = [6, 6, 6]
adder_channels = 4
"""


COMMON = "batch = 2\ncrop = 32\nlog_steps = 1\n"


SOFT = f"""
[[stages]]
name = "soft"
kind = "train"
start = "linear"
branches = "shift"
steps = 4
soft_share = 1.0
{COMMON}"""


HARD = f"""
[[stages]]
name = "hard"
kind = "train"
steps = 3
soft_share = 0.3
hardening_share = 0.3
{COMMON}"""


INTEGERS = f"""
[[stages]]
name = "integers"
kind = "finetune"
layer_steps = 0
joint_steps = 3
noise = 0.5
{COMMON}"""


ENTROPY = """
[[stages]]
name = "entropy"
kind = "entropy"
steps = 3
pictures = 4
batch = 2
log_steps = 1
"""


QUEUE = HEAD + SOFT + HARD + INTEGERS


def run(queue: str, data: Path, runs: Path, *options: object) -> Result:
    runs.mkdir(exist_ok=True)
    path = runs.parent / f"{runs.name}.toml"
    path.write_text(queue)
    fixed = (path, "--data", data, "--output", runs, "--device", "cpu")
    return invoke("queue", *fixed, *options)

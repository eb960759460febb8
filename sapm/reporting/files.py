"""The files of results that reports are made of, read and checked field by field: they may come from strangers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ops import Folding
from ops.files.fields import BOOLEAN, EVERY, TEXT, Kind, check_fields, one_of, optional, read_json

MANIFEST = "project.json"
DESIGN, COSIMULATION, COMPARISON, SYNTHESIS = "report.json", "cosim.json", "comparison.json", "synthesis.json"
RUN_DESIGN = "design.json"
"""The design of the project, beside what a run recorded."""

DEMONSTRATION, EVALUATION, COMMANDS = "report.json", "results.json", "commands.json"
ORIGINAL, DECODED = "picture.png", "decoded.png"

IDENTICAL, DIFFERENT, MISSING = "identical", "differs", "missing"
"""What a level's tensor is beside the golden one."""

MOST = 1e15
NUMBER = Kind("a number", lambda value: type(value) in (int, float) and -MOST < value < MOST)
COUNT = Kind("a number from 0 on", lambda value: type(value) in (int, float) and 0 <= value < MOST)
LINE = Kind("a text of up to 2000 characters", lambda value: isinstance(value, str) and len(value) <= 2000)
LONG = Kind("a text of up to 100000 characters", lambda value: isinstance(value, str) and len(value) <= 100_000)

FOLDING = tuple(field.name for field in fields(Folding))
ROW = {
    "name": TEXT,
    "operation": TEXT,
    "inputs": [TEXT],
    "format": TEXT,
    **dict.fromkeys(FOLDING, optional(COUNT)),
    "cycles": optional(COUNT),
    "utilization": optional(COUNT),
    "lut": COUNT,
    "ff": COUNT,
    "bram": COUNT,
    "unknown": BOOLEAN,
    "energy": optional(COUNT),
}
DESIGN_FORM = {
    EVERY: {
        "input": TEXT,
        "target": TEXT,
        "clock_mhz": COUNT,
        "fps": COUNT,
        "max_height": COUNT,
        "max_width": COUNT,
        "bottleneck": TEXT,
        "shares": {"LUT": COUNT, "FF": COUNT, "BRAM": COUNT},
        "energy": {"integer": COUNT, "paper": COUNT},
        "rows": [ROW],
    }
}
TIMING = {
    "build_seconds": COUNT,
    "run_seconds": COUNT,
    "cycles": optional(COUNT),
    "predicted_cycles": optional(COUNT),
}
COSIMULATION_FORM = {EVERY: {EVERY: TIMING}}
COMPARISON_FORM = {
    EVERY: {
        "input": TEXT,
        "nodes": [{"name": TEXT, "operation": TEXT, "inputs": [TEXT], "format": TEXT}],
        "levels": {
            EVERY: {
                "identical": BOOLEAN,
                "text": LINE,
                "tensors": COUNT,
                "elements": COUNT,
                "states": {EVERY: one_of(IDENTICAL, DIFFERENT, MISSING)},
            }
        },
    }
}
AREA = {"lut": COUNT, "ff": COUNT, "bram": COUNT, "dsp": COUNT}
SYNTHESIS_FORM = {
    EVERY: {
        "family": TEXT,
        "clock_mhz": COUNT,
        "multiplications": COUNT,
        "area": AREA,
        "modules": [{"name": TEXT, "instances": COUNT, **AREA}],
        "fmax_mhz": optional(COUNT),
    }
}
POINT = {
    "setting": TEXT,
    "bits_per_pixel": COUNT,
    "psnr": optional(NUMBER),
    "psnr_of_mse": optional(NUMBER),
    "ms_ssim": optional(NUMBER),
    "ms_ssim_decibels": optional(NUMBER),
}
EVALUATION_FORM = {
    "drawn": [TEXT],
    "pictures": [{"name": LINE, "width": COUNT, "height": COUNT}],
    "skipped": [{"name": LINE, "reason": LINE}],
    "curves": [{"name": TEXT, "kind": TEXT, "note": LINE, "points": [POINT]}],
    "bd_rate": [{"codec": TEXT, "reference": TEXT, "metric": TEXT, "percent": optional(NUMBER), "reason": LINE}],
}
DEMONSTRATION_FORM = {
    "identical": BOOLEAN,
    "decoded_alike": BOOLEAN,
    "picture": LINE,
    "height": COUNT,
    "width": COUNT,
    "file_bytes": COUNT,
    "coded_at_quality": COUNT,
    "quality": {"bits_per_pixel": COUNT, "psnr": optional(NUMBER), "ms_ssim": optional(NUMBER)},
    "seconds": COUNT,
}
COMMANDS_FORM = [LONG]


def read(path: Path, form: Any) -> Any:
    """What a JSON file holds, None where there is no file. Raises ValueError where it has not the form."""
    if not path.exists():
        return None
    try:
        content = read_json(path)
    except ValueError as error:
        raise ValueError(f"{path} must be JSON: {error}") from error
    check_fields(content, form, str(path))
    return content


def each(content: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The content of a file, or nothing."""
    return content or {}

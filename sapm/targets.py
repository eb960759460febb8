"""Devices to generate for: those that come with the project, and any other, described in a file."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from hls.devices.targets import Target, find_target
from hls.synth import device_of
from ops.files.fields import TEXT, Kind, check_fields, read_toml, whole

SUFFIX = ".toml"

COUNT = whole(0, 10**9)
FORM: dict[str, Kind] = {
    field.name: TEXT if field.type == "str" else whole(1, 10_000) if field.name == "clock_mhz" else COUNT
    for field in fields(Target)
}
"""What each field of a target must be."""

REQUIRED = {field.name: FORM[field.name] for field in fields(Target) if field.default is MISSING}


def open_target(target: str | Target) -> Target:
    """A target by name, or the one that a TOML file describes, whose path ends in .toml; a target is given back.

    The file has the fields of `hls.devices.targets.Target`, defaults if wanted. Raises ValueError, and OSError.

    >>> open_target("zcu102").lookup_tables
    274080
    """
    if isinstance(target, Target):
        return target
    if not target.endswith(SUFFIX):
        return find_target(target)
    return target_of(read_toml(Path(target)), target)


def target_of(content: dict[str, Any], place: str) -> Target:
    """The target with these fields. Raises ValueError, which begins with `place`."""
    check_fields(content, REQUIRED, place)
    for name, value in content.items():
        if name not in FORM:
            raise ValueError(f"{place}: fields must be among {', '.join(FORM)}, not {name!r}")
        check_fields(value, FORM[name], f"{place}: {name!r}")
    target = Target(**content)
    try:
        device_of(target)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
    return target

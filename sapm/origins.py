"""Where recordings come from, and whether those of a run belong together and to what they are compared with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import numpy as np

from ops import IntegerArray
from recordings.recording import Origin, RecordingError, read_origin
from sapm import __version__
from sapm.project import Project
from sapm.reporting.files import MANIFEST

SHOWN = 16
"""Characters of a digest that an error shows."""


def origin_of(project: Project, x: IntegerArray) -> Origin:
    """Of recordings of a project's graphs, the first of which took the map `x`."""
    content = repr(x.shape).encode() + np.ascontiguousarray(x, "<i8").tobytes()
    return Origin(
        project.networks.identity, project_digest(project.folder), hashlib.sha256(content).hexdigest(), __version__
    )


def project_digest(folder: Path) -> str:
    """SHA-256 of what says all that a project was generated from."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def check_origins(paths: Iterable[Path], model: str, project: str | None = None) -> None:
    """Raise RecordingError where a recording says that it is of another model, project or version than these, or two
    that they are of different projects or pictures. One that says nothing, as from an FPGA, is taken for right."""
    expected = {"model": model, "version": __version__} | ({} if project is None else {"project": project})
    named = dict.fromkeys(expected, "what it is compared with")
    for path in paths:
        origin = read_origin(path)
        if origin is None:
            continue
        for field in fields(Origin):
            found = getattr(origin, field.name)
            if found != expected.setdefault(field.name, found):
                raise RecordingError(
                    f"{path} is of another {field.name} ({found[:SHOWN]}) than "
                    f"{named[field.name]} ({expected[field.name][:SHOWN]})"
                )
            named.setdefault(field.name, str(path))

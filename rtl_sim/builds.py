"""Builds of simulations that several runs share, and the logs of those that fail."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ops.files import whole_folder
from ops.files.written import CACHE
from rtl_sim.runners import BuildOptions, SimulatorError
from rtl_sim.simulator import DEFAULT_OPTIONS, STAMP, Simulation, build, contents_digest

LOGS = Path(tempfile.gettempdir())
"""Where the logs of failed simulations stay."""


def build_kept(
    sources: Sequence[Path],
    top: str,
    cache: Path,
    *,
    parameters: Mapping[str, object],
    defines: Mapping[str, object],
    options: BuildOptions = DEFAULT_OPTIONS,
) -> Simulation:
    """As `build`, in a folder of `cache` that is named by the contents, appears whole, and is taken where it is there.

    So builds of the same at the same time do not disturb each other. Raises SimulatorError, and OSError.
    """
    folder = cache.resolve() / f"simulation_{contents_digest(sources, top, parameters, defines, options)[:20]}"
    if not (folder / STAMP).exists():
        with whole_folder(folder, CACHE) as part, log_kept(part):
            build(sources, top, part, parameters=parameters, defines=defines, options=options)
    return Simulation(folder, top, options.random_start, options.simulator)


@contextmanager
def log_kept(folder: Path) -> Iterator[None]:
    """Where a simulation fails in the block, the log in `folder` that the message names is kept, and named anew."""
    try:
        yield
    except SimulatorError as error:
        text = str(error)
        for log in folder.resolve().rglob("*.log"):
            if str(log) in text:
                with tempfile.NamedTemporaryFile(prefix="sapm-", suffix=".log", dir=LOGS, delete=False) as kept:
                    kept.write(log.read_bytes())
                text = text.replace(str(log), kept.name)
        raise type(error)(text) from error

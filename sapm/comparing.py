"""Comparison of what a run recorded with the golden model, and the report that tells it."""

from __future__ import annotations

import warnings
from pathlib import Path

from sapm.comparison_file import write_comparison
from sapm.levels import Comparison, compare_run, networks_of, project_of, runs_in
from sapm.networks import Networks
from sapm.project import Project
from sapm.reporting import leave_report
from sapm.reporting.files import COMPARISON


def compare(
    networks: Networks | Project | str | Path, run: str | Path, checkpoint: str | Path | None = None
) -> list[Comparison]:
    """Compares what a run recorded, ONNX Runtime and, where a quantized checkpoint is given, fake-quantized torch with
    the golden model: every tensor of every graph, bit for bit.

    `networks` is what the project was generated from, as `open_networks` takes it, or the project; `run` the folder of
    `cosimulate`. Identical are all levels where `all(comparison.verdict.identical for comparison in ...)`. Raises
    ValueError where recordings are missing or of other inputs. The report of each run tells what was found, where its
    folder can be written to.
    """
    chosen, opened = None if checkpoint is None else Path(checkpoint), networks_of(networks)
    project = project_of(networks)
    runs = runs_in(Path(run), opened.names)
    return [comparison for one in runs for comparison in _compared(opened, one, chosen, project)]


def _compared(networks: Networks, run: Path, checkpoint: Path | None, project: str | None) -> list[Comparison]:
    found = list(compare_run(networks, run, checkpoint, project=project))
    try:
        write_comparison(networks, found, run)
        leave_report(run, COMPARISON)
    except (OSError, ValueError) as error:
        warnings.warn(f"no report is left: {error}", stacklevel=3)
    return found

"""Writes the HLS project of a folded graph: hls4ml model, C++, Tcl scripts, test bench and its vectors."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hls.dataflow.folded import FoldedGraph
from hls.vitis.project import KIND, HlsProject
from hls.vitis.vectors import Vector, check_picture
from ops.files import whole_folder
from ops.naming import identifier


def generate_hls(
    folded: FoldedGraph,
    folder: Path,
    part: str,
    clock_period_ns: float,
    vectors: Sequence[Vector] | None = None,
) -> HlsProject:
    """Write the HLS project of `folded` for an FPGA `part` into `folder`, whole or not at all.

    `vectors` are pairs of a picture and its result, each of shape (channels, height, width), for the test bench;
    without them it gets one small random picture and the golden result. An older project in `folder` is replaced.
    Raises ValueError where the folder holds something else, a tensor has no reader, or a picture does not fit.
    """
    if clock_period_ns <= 0:
        raise ValueError(f"clock_period_ns must be positive, not {clock_period_ns!r}")
    for picture, _ in vectors or ():
        check_picture(folded, picture)
    with whole_folder(folder, KIND) as staged:
        model = model_graph(folded, staged, part, clock_period_ns)
        model.vectors = vectors
        with contextlib.redirect_stdout(io.StringIO()):
            model.write()
    return HlsProject(folder, folded)


def model_graph(folded: FoldedGraph, folder: Path, part: str, clock_period_ns: float) -> Any:
    """The hls4ml ModelGraph of a folded graph, to be written into `folder`."""
    # hls4ml takes seconds to import and announces back ends that are not installed.
    with contextlib.redirect_stdout(io.StringIO()):
        from hls4ml.backends import get_backend  # noqa: PLC0415
        from hls4ml.model.graph import ModelGraph  # noqa: PLC0415

        from hls.hls4ml.base import HLS_BACKEND  # noqa: PLC0415
        from hls.hls4ml.parser import whole_graph  # noqa: PLC0415
    config = get_backend(HLS_BACKEND).create_initial_config(part=part, clock_period=clock_period_ns)
    config |= {
        "Backend": HLS_BACKEND,
        "ProjectName": identifier(folded.graph.name),
        "OutputDir": str(folder),
        "HLSConfig": {"Model": {"Precision": "fixed<16,6>", "ReuseFactor": 1}},
    }
    return ModelGraph.from_layer_list(config, *whole_graph(folded.graph, folded))

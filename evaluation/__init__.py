"""Rate-distortion evaluation: codecs and classical anchors on a folder of pictures, in parallel, with BD-rates.

Nothing is imported before it is used: who asks for the energy of a graph needs no dask.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluation.anchors import ANCHORS, Anchor, find_anchors
    from evaluation.coders import Coder, IntegerCodec
    from evaluation.comparison import RateComparison, compare
    from evaluation.curves import METRICS, Curve, CurveError, Metric, Point, read_published
    from evaluation.distributed import SchedulerError, connect
    from evaluation.measurement import Measurement
    from evaluation.metrics import BdRate, BdRateError, Quality, bd_rate, quality
    from evaluation.omissions import LeftOut, left_out
    from evaluation.pictures import PictureFolder
    from evaluation.plots import plot
    from evaluation.run import measure_all, measured_curves
    from evaluation.tables import RESULTS, Evaluation, write_tables

__all__ = [
    "ANCHORS",
    "METRICS",
    "RESULTS",
    "Anchor",
    "BdRate",
    "BdRateError",
    "Coder",
    "Curve",
    "CurveError",
    "Evaluation",
    "IntegerCodec",
    "LeftOut",
    "Measurement",
    "Metric",
    "PictureFolder",
    "Point",
    "Quality",
    "RateComparison",
    "SchedulerError",
    "bd_rate",
    "compare",
    "connect",
    "find_anchors",
    "left_out",
    "measure_all",
    "measured_curves",
    "plot",
    "quality",
    "read_published",
    "write_tables",
]

HOMES = {
    "evaluation.anchors": ["ANCHORS", "Anchor", "find_anchors"],
    "evaluation.coders": ["Coder", "IntegerCodec"],
    "evaluation.comparison": ["RateComparison", "compare"],
    "evaluation.curves": ["METRICS", "Curve", "CurveError", "Metric", "Point", "read_published"],
    "evaluation.distributed": ["SchedulerError", "connect"],
    "evaluation.omissions": ["LeftOut", "left_out"],
    "evaluation.measurement": ["Measurement"],
    "evaluation.metrics": ["BdRate", "BdRateError", "Quality", "bd_rate", "quality"],
    "evaluation.pictures": ["PictureFolder"],
    "evaluation.plots": ["plot"],
    "evaluation.run": ["measure_all", "measured_curves"],
    "evaluation.tables": ["RESULTS", "Evaluation", "write_tables"],
}
"""Where each name is from, which is imported when the name is first used."""


def __getattr__(name: str) -> Any:
    for home, names in HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

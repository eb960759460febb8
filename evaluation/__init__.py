"""Rate-distortion evaluation: codecs and classical anchors on a folder of pictures, in parallel, with BD-rates."""

from evaluation.anchors import ANCHORS, Anchor, find_anchors
from evaluation.coders import Coder, IntegerCodec
from evaluation.comparison import RateComparison, compare
from evaluation.curves import METRICS, Curve, CurveError, Metric, Point, read_published
from evaluation.distributed import SchedulerError, connect
from evaluation.left_out import LeftOut, left_out
from evaluation.metrics import BdRate, BdRateError, Quality, bd_rate, quality
from evaluation.pictures import PictureFolder
from evaluation.plots import plot
from evaluation.run import Measurement, measure_all, measured_curves
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

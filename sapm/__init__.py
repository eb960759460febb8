"""From a shift-add network to verified hardware, and pictures to compressed files and back.

>>> import sapm
>>> codec = sapm.open_codec("small")
>>> codec.names
('analysis', 'synthesis')

`encode` and `decode` need no torch, and nothing is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluation import Evaluation
    from host import HostCodec, PictureError
    from host.metadata import Metadata
    from ops import Graph, GraphBuilder
    from sapm.bundle import Bundle, export_bundle
    from sapm.coding import decode, encode, metadata
    from sapm.comparing import compare
    from sapm.cosimulation import CodecCosimulation, Cosimulation, cosimulate
    from sapm.evaluating import evaluate
    from sapm.levels import Comparison
    from sapm.networks import Networks
    from sapm.opening import open_codec, open_networks
    from sapm.plan import ImpossiblePlan
    from sapm.project import Project, generate
    from sapm.reporting import report
    from sapm.targets import open_target

__all__ = [
    "Bundle",
    "CodecCosimulation",
    "Comparison",
    "Cosimulation",
    "Evaluation",
    "Graph",
    "GraphBuilder",
    "HostCodec",
    "ImpossiblePlan",
    "Metadata",
    "Networks",
    "PictureError",
    "Project",
    "compare",
    "cosimulate",
    "decode",
    "encode",
    "evaluate",
    "export_bundle",
    "generate",
    "metadata",
    "open_codec",
    "open_networks",
    "open_target",
    "report",
]

HOMES = {
    "evaluation": ["Evaluation"],
    "host": ["HostCodec", "PictureError"],
    "host.metadata": ["Metadata"],
    "ops": ["Graph", "GraphBuilder"],
    "sapm.bundle": ["Bundle", "export_bundle"],
    "sapm.coding": ["decode", "encode", "metadata"],
    "sapm.cosimulation": ["CodecCosimulation", "Cosimulation", "cosimulate"],
    "sapm.evaluating": ["evaluate"],
    "sapm.comparing": ["compare"],
    "sapm.levels": ["Comparison"],
    "sapm.networks": ["Networks"],
    "sapm.opening": ["open_codec", "open_networks"],
    "sapm.plan": ["ImpossiblePlan"],
    "sapm.project": ["Project", "generate"],
    "sapm.reporting": ["report"],
    "sapm.targets": ["open_target"],
}
"""Where each name is from, which is imported when the name is first used."""

try:
    __version__ = version("sapm")
except PackageNotFoundError:  # used from its sources
    __version__ = "unknown"


def __getattr__(name: str) -> Any:
    for home, names in HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]

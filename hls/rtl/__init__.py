"""The RTL back end: from a folded graph to the sources of a transform's top."""

from hls.rtl.generate import generate_rtl
from hls.rtl.project import RtlProject

__all__ = ["RtlProject", "generate_rtl"]

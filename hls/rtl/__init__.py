"""The RTL back end: from a folded graph to the sources of a transform's top."""

from hls.rtl.project import RtlProject, generate_rtl

__all__ = ["RtlProject", "generate_rtl"]

"""What hls4ml loads from its entry-point group `hls4ml.backends`: registers our layers, writers and back ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def register(
    register_backend: Callable[[str, Any], None] | None = None,
    register_writer: Callable[[str, Any], None] | None = None,
) -> None:
    """Registers everything with hls4ml, once; without arguments by hls4ml's own functions."""
    from hls4ml.backends.backend import get_available_backends  # noqa: PLC0415
    from hls4ml.backends.backend import register_backend as backends  # noqa: PLC0415
    from hls4ml.model.layers import register_layer  # noqa: PLC0415
    from hls4ml.writer.writers import register_writer as writers  # noqa: PLC0415

    from hls.hls4ml.backend import SapmVitisBackend  # noqa: PLC0415
    from hls.hls4ml.base import HLS_BACKEND  # noqa: PLC0415
    from hls.hls4ml.layers import LAYERS  # noqa: PLC0415
    from hls.hls4ml.parser import GRAPH_LAYER, SapmGraph  # noqa: PLC0415
    from hls.hls4ml.rtl_backend import RTL_BACKEND, SapmRtlBackend, SapmRtlWriter  # noqa: PLC0415
    from hls.hls4ml.writer import SapmVitisWriter  # noqa: PLC0415

    if HLS_BACKEND.lower() in get_available_backends():
        return
    for name, layer in {**LAYERS, GRAPH_LAYER: SapmGraph}.items():
        register_layer(name, layer)
    (register_writer or writers)(HLS_BACKEND, SapmVitisWriter)
    (register_backend or backends)(HLS_BACKEND, SapmVitisBackend)
    (register_writer or writers)(RTL_BACKEND, SapmRtlWriter)
    (register_backend or backends)(RTL_BACKEND, SapmRtlBackend)

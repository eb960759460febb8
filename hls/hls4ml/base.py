"""What our two back ends of hls4ml share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hls4ml.backends import VitisBackend, VivadoBackend

from hls.hls4ml.layers import add_new_layers
from hls.hls4ml.parser import accept_graphs

HLS_BACKEND = "SapmVitis"


class SapmBackend(VitisBackend):  # type: ignore[misc]
    """What our back ends share: Vitis' layers and attributes, and how a conversion is configured."""

    def __init__(self, name: str) -> None:
        # VitisBackend.__init__ fixes the name, and with it the writer, so its own base is initialised instead.
        super(VivadoBackend, self).__init__(name=name)
        self._register_layer_attributes()

    def create_initial_config(
        self,
        max_height: int | None = None,
        max_width: int | None = None,
        cycles_per_pixel: float | None = None,
        foldings: dict[str, tuple[int, ...]] | None = None,
        weights_in_blocks: Sequence[str] = (),
        io_type: str = "io_stream",
        **settings: Any,
    ) -> dict[str, Any]:
        """Vitis' configuration, and the hardware's: largest input, and a budget of cycles or foldings by node.

        With `foldings`, `weights_in_blocks` names the convolutions whose weights lie in block memories.
        This is where a conversion begins, so from here on hls4ml's ONNX parser takes our files. Raises
        ValueError where `io_type` is another than io_stream.
        """
        if io_type != "io_stream":
            raise ValueError(f"io_type must be io_stream, not {io_type!r}")
        accept_graphs()
        add_new_layers(self)
        config: dict[str, Any] = super().create_initial_config(io_type=io_type, **settings)
        size = {"MaxHeight": max_height, "MaxWidth": max_width}
        folding = {"Foldings": foldings, "WeightsInBlocks": list(weights_in_blocks)}
        return config | size | {"CyclesPerPixel": cycles_per_pixel} | folding

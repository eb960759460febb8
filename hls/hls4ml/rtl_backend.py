"""The RTL as a back end of hls4ml, `SapmRtl`: `convert_from_onnx_model(...).write()` gives what `sapm generate` gives.

Of hls4ml's interface it carries conversion and writing. `compile` and `predict` load C++ that this back end does not
write: `rtl_sim` simulates the RTL, and `SapmVitis` has a C simulation. `build` would run a vendor's synthesis: see
`sapm synth`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hls4ml.model.flow import register_flow
from hls4ml.writer.writers import Writer

from hls.hls4ml.base import SapmBackend
from hls.hls4ml.passes import BuildLayers
from hls.rtl.generate import generate_rtl

RTL_BACKEND = "SapmRtl"


class SapmRtlBackend(SapmBackend):
    """hls4ml's view of the RTL generator."""

    def __init__(self) -> None:
        super().__init__(RTL_BACKEND)
        self.register_pass("build_layers", BuildLayers)
        layers = register_flow("layers", ["sapmrtl:build_layers"], backend=RTL_BACKEND)
        self._default_flow = register_flow("ip", None, requires=[layers], backend=RTL_BACKEND)
        self._writer_flow = register_flow("write", ["sapmrtl:write_hls"], requires=["sapmrtl:ip"], backend=RTL_BACKEND)

    def compile(self, model: Any) -> None:
        """Raises NotImplementedError: there is no C++ to compile."""
        raise NotImplementedError("SapmRtl writes SystemVerilog: simulate it with `sapm cosim`, or use SapmVitis")

    def build(self, model: Any, **_: Any) -> None:
        """Raises NotImplementedError: synthesis is not started from here."""
        raise NotImplementedError("SapmRtl writes SystemVerilog: synthesize it with `sapm synth`, or use SapmVitis")


class SapmRtlWriter(Writer):  # type: ignore[misc]
    """Writes the RTL project."""

    def write_hls(self, model: Any) -> None:
        """Write the project of the model's folded graph into its output folder."""
        generate_rtl(model.folded, Path(model.config.get_output_dir()))

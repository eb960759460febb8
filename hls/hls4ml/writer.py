"""Writes the project: top function and benches from our templates, everything else by hls4ml's Vitis writer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hls4ml.writer.vitis_writer import VitisWriter
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hls.rtl.plan import port_of
from hls.vitis.vectors import small_vector, write_vectors
from hls.vitis.wrapper import write_wrapper

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def _replaced(path: Path, pattern: str, text: str) -> None:
    """Replaces what hls4ml wrote into a file, where it is."""
    written, count = re.subn(pattern, text, path.read_text())
    assert count, f"hls4ml's {path.name} has another form"
    path.write_text(written)


class SapmVitisWriter(VitisWriter):  # type: ignore[misc]
    """hls4ml's Vitis writer with a top function that takes the picture's size."""

    def _render(self, model: Any, template: str, target: str, **extra: Any) -> None:
        layers = [layer for layer in model.get_layers() if layer.get_attr("function_cpp")]
        (source,) = model.get_input_variables()
        (result,) = model.get_output_variables()
        streams = [variable for layer in model.get_layers() for variable in layer.get_variables()]
        text = _TEMPLATES.get_template(template).render(
            top=model.config.get_project_name(),
            layers=layers,
            input=source,
            output=result,
            streams=streams,
            input_port=port_of(model.folded, model.folded.graph.input_name),
            output_port=port_of(model.folded, model.folded.graph.output_name),
            folded=model.folded,
            rate=model.folded.graph.output_type.rate / model.folded.graph.input_type.rate,
            weights=model.get_weight_variables(),
            array_pragma=self._make_array_pragma,
            **extra,
        )
        path = Path(model.config.get_output_dir()) / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def write_project_cpp(self, model: Any) -> None:
        """Write the top function."""
        self._render(model, "top.cpp.j2", f"firmware/{model.config.get_project_name()}.cpp")

    def write_project_header(self, model: Any) -> None:
        """Write its declaration."""
        self._render(model, "top.h.j2", f"firmware/{model.config.get_project_name()}.h")

    def write_test_bench(self, model: Any) -> None:
        """Write the test bench and its vectors: those of `model.vectors`, or a small picture."""
        self._render(model, "test_bench.cpp.j2", f"{model.config.get_project_name()}_test.cpp")
        self._render(model, "ports.h.j2", f"{model.config.get_project_name()}_ports.h")
        vectors = getattr(model, "vectors", None)
        folder = Path(model.config.get_output_dir()) / "tb_data"
        write_vectors(folder, [small_vector(model.folded)] if vectors is None else vectors)

    def write_bridge(self, model: Any) -> None:
        """Write the program of the C simulation, which stores every tensor."""
        self._render(model, "simulation.cpp.j2", f"{model.config.get_project_name()}_simulation.cpp")

    def write_build_script(self, model: Any) -> None:
        """Write the Tcl scripts, a script that runs the test bench without Vitis, and what to do with them."""
        super().write_build_script(model)
        folder = Path(model.config.get_output_dir())
        (folder / "build_lib.sh").unlink()  # builds hls4ml's bridge of static shapes
        # The header of AXI4-Stream beats that Vitis brings is C++14.
        _replaced(folder / "build_prj.tcl", r"-std=c\+\+0x", "-std=c++14")
        write_wrapper(model.folded, folder / "wrapper")
        self._render(model, "csim.sh.j2", "csim.sh")
        (folder / "csim.sh").chmod(0o755)
        self._render(model, "README.md.j2", "README.md")

    def write_build_opts(self, model: Any) -> None:
        """Write which steps the build takes: hls4ml's, and the export as IP."""
        super().write_build_opts(model)
        _replaced(Path(model.config.get_output_dir()) / "build_opt.tcl", r"export( +)0", r"export\g<1>1")

    def write_nnet_utils(self, model: Any) -> None:
        """Copy hls4ml's headers and ours."""
        firmware = Path(model.config.get_output_dir()) / "firmware"
        for target in model.config.backend.get_custom_source():
            (firmware / target).parent.mkdir(parents=True, exist_ok=True)
        super().write_nnet_utils(model)

    def write_yml(self, model: Any) -> None:
        """Write nothing: hls4ml's record of the conversion holds absolute paths."""

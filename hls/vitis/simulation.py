"""C simulation of a generated project from Python: g++ and the arbitrary-precision types that hls4ml carries."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from hls.vitis.project import HlsProject
from hls.vitis.vectors import check_picture
from ops import IntegerArray
from ops.naming import identifier

TIMEOUT_SECONDS = 1800
"""A simulation that takes longer hangs."""


def include_folders() -> list[Path]:
    """Folders of hls4ml with `ap_int.h`, `hls_stream.h` and `nnet_utils/`, for programs outside a project."""
    spec = find_spec("hls4ml")
    assert spec is not None
    assert spec.origin is not None
    templates = Path(spec.origin).parent / "templates" / "vivado"
    return [templates / "ap_types", templates]


SANITIZERS = ("-fsanitize=address,undefined",)
"""Flags with which a program ends, and says why, where it leaves its memory or C++ does not say what it does."""


def compile_program(
    source: Path,
    program: Path,
    includes: Iterable[Path],
    optimize: int = 2,
    defines: Iterable[str] = (),
    sanitized: bool = False,
) -> Path:
    """Compile one C++ file with g++ into `program`, optimized at g++'s level `optimize`; `sanitized`: see SANITIZERS.

    Raises RuntimeError when g++ is missing, or with the last lines of its messages when it fails.
    """
    compiler = shutil.which("g++")
    if compiler is None:
        raise RuntimeError("g++ must be on PATH for the C simulation of the HLS project, and is not")
    flags = ["-std=c++14", f"-O{optimize}", "-w", "-pthread", *(f"-I{folder}" for folder in includes)]
    flags += [*(f"-D{name}" for name in defines), *(SANITIZERS if sanitized else ())]
    result = subprocess.run([compiler, *flags, source, "-o", program], capture_output=True, text=True, check=False)
    if result.returncode:
        lines = [line for line in result.stderr.splitlines() if "error" in line] or result.stderr.splitlines()
        raise RuntimeError(f"g++ failed on {source.name}:\n" + "\n".join(lines[:10]))
    return program


@dataclass(frozen=True)
class CSimulation:
    """The compiled C simulation of a project; calling it computes every tensor of one picture, as `Evaluator` does."""

    project: HlsProject
    program: Path

    def __call__(self, x: IntegerArray) -> Iterator[tuple[str, IntegerArray]]:
        """Every tensor in order as (name, array of shape (channels, height, width)).

        Raises ValueError for a picture the project does not take, RuntimeError when the program fails.
        """
        check_picture(self.project.folded, x)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            x.transpose(1, 2, 0).astype("<i8").tofile(folder / "picture")
            warnings = self._run(folder, *x.shape[1:])
            for name, kind in self.project.graph.types.items():
                height, width = self.project.graph.size_of(name, *x.shape[1:])
                values = np.fromfile(folder / "tensors" / identifier(name), "<i8")
                if values.size != height * width * kind.channels:
                    raise RuntimeError(
                        f"C simulation of {self.project.top}: {name} has {values.size} elements, "
                        f"not {kind.channels}x{height}x{width}"
                    )
                yield name, values.reshape(height, width, kind.channels).transpose(2, 0, 1)
            if warnings:
                raise RuntimeError(f"C simulation of {self.project.top}: {warnings[0]}")

    def _run(self, folder: Path, height: int, width: int) -> list[str]:
        """Run the program, and return its warnings of streams that were read empty or not read up."""
        tensors = folder / "tensors"
        tensors.mkdir()
        command = [str(self.program.resolve()), str(folder / "picture"), str(height), str(width), str(tensors)]
        # The program reads its weights relative to the folder it runs in.
        firmware = self.project.folder / "firmware"
        result = subprocess.run(
            command, cwd=firmware, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
        lines = (result.stdout + result.stderr).splitlines()
        if result.returncode:
            raise RuntimeError(
                f"C simulation of {self.project.top} failed with exit code {result.returncode}:\n"
                + "\n".join(lines[-10:])
            )
        return [line for line in lines if "stream" in line]


def compile_simulation(project: HlsProject, program: Path, optimize: int = 2, sanitized: bool = False) -> CSimulation:
    """Compile the C simulation of a project into the executable `program`, at g++'s level `optimize`.

    `sanitized`, it ends where C++ does not say what it does (see SANITIZERS).

    Raises RuntimeError when g++ is missing or fails.
    """
    source = project.folder / f"{project.top}_simulation.cpp"
    includes = [project.folder / "firmware" / "ap_types", project.folder / "firmware"]
    return CSimulation(project, compile_program(source, program, includes, optimize, sanitized=sanitized))


def simulate(project: HlsProject, inputs: Iterable[IntegerArray]) -> list[dict[str, IntegerArray]]:
    """Compile the project and run each picture: every tensor by name, for each picture."""
    with tempfile.TemporaryDirectory() as scratch:
        simulation = compile_simulation(project, Path(scratch) / "simulation")
        return [dict(simulation(x)) for x in inputs]

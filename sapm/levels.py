"""The levels of networks, each compared with the golden model on every tensor."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from export.runtime import OnnxEvaluator
from ops import Evaluator, Graph, IntegerArray
from ops.telling import Tell, nobody
from recordings.comparison import Tensor, Verdict
from recordings.comparison import compare as compare_tensors
from recordings.recording import load_recording
from sapm.bundle import Bundle
from sapm.networks import Networks
from sapm.opening import open_networks
from sapm.origins import check_origins, project_digest
from sapm.project import Project
from sapm.reporting.files import MANIFEST
from sapm.saving import Saver

if TYPE_CHECKING:
    from model.lowering import QuantizedCodec

FOREIGN = "foreign"
"""The level of RTL from another tool: it has no taps, so its result alone is compared."""

NETLIST = "netlist"
"""The level of what open synthesis makes of the RTL, in cells of the project's target."""

MAX_COMPARED = 1 << 21
"""Rows times columns of an input that is compared, unless more are allowed: all tensors are in memory at once."""


@dataclass(frozen=True)
class Comparison:
    """One level of one transform beside the golden model; `seconds` is the time to compute it, where it was."""

    transform: str
    level: str
    verdict: Verdict
    seconds: float | None = None


def recordings(run: Path, transform: str) -> dict[str, Path]:
    """The recordings of a transform in a run's folder, by level."""
    return {path.stem: path for path in sorted((run / transform).glob("*.npz"))}


def runs_in(run: Path, names: Sequence[str]) -> list[Path]:
    """The runs of one input each in a folder: itself, or those of several pictures below it."""
    if any((run / name).is_dir() for name in names):
        return [run]
    below = {path.parent for name in names for path in run.rglob(name) if path.is_dir()}
    return sorted(below) or [run]


def networks_of(source: Networks | Project | str | Path) -> Networks:
    """Those of a project, its folder, or whatever `open_networks` takes."""
    if isinstance(source, str | Path) and (Path(source) / MANIFEST).is_file():
        source = Project.load(Path(source))
    return source.networks if isinstance(source, Project) else open_networks(source)


def project_of(source: Networks | Project | str | Path) -> str | None:
    """The digest of the project that `networks_of` takes them from, if any."""
    if isinstance(source, Project):
        return project_digest(source.folder)
    is_project = isinstance(source, str | Path) and (Path(source) / MANIFEST).is_file()
    return project_digest(Path(source)) if is_project else None  # type: ignore[arg-type]


def compare_run(
    networks: Networks,
    run: Path,
    checkpoint: Path | None = None,
    tell: Tell = nobody,
    *,
    project: str | None = None,
    max_pixels: int = MAX_COMPARED,
    transforms: Sequence[str] = (),
    saver: Saver | None = None,
) -> Iterator[Comparison]:
    """Compares every recording of a run, ONNX Runtime, and fake-quantized torch where a checkpoint is given.

    All levels of a transform are compared on the input that its first recording has, of `max_pixels` rows times columns
    at most. `transforms` are those that are compared, all unless some are named; `saver` gets what differs, and `tell`
    counts the levels, the golden model among them.

    Raises ValueError where there is no recording, one is of another model, `project` (by its digest), picture or
    version, an input differs between recordings, or the checkpoint is not what the codec was exported from.
    """
    names = chosen_names(networks, transforms)
    every = [path for name in names for path in recordings(run, name).values()]
    check_origins(every, networks.identity, project)
    quantized = None if checkpoint is None else _matching(networks, checkpoint)
    numbers, levels = count(), len(every) + len(names) * (2 if quantized is None else 3)

    def started(transform: str, level: str) -> None:
        tell(f"{transform}, {level}", next(numbers), levels)

    for transform in names:
        graph = networks.graph(transform)
        found = recordings(run, transform)
        if not found:
            raise ValueError(
                f"{run / transform} must hold recordings (.npz) of simulations, and holds none; --transform names what "
                "is compared alone"
            )
        x = _input(graph, next(iter(found.values())), max_pixels)
        started(transform, "golden")
        golden = [(name, values) for name, values in graph.evaluate(x) if name != graph.input_name]
        shapes = {graph.input_name: x.shape, **{name: values.shape for name, values in golden}}
        for level, evaluate in _software(networks, transform, quantized).items():
            started(transform, level)
            start = time.perf_counter()
            tensors = {name: Tensor(values) for name, values in evaluate(x)}
            seconds = time.perf_counter() - start
            verdict = compare_tensors(graph, golden, tensors)
            _save(saver, (transform, level), verdict, golden, tensors)
            yield Comparison(transform, level, verdict, seconds)
        for level, path in found.items():
            started(transform, level)
            recorded = load_recording(path, shapes=shapes)
            if not _same(recorded.get(graph.input_name), x):
                raise ValueError(f"{path} must have the same input as {next(iter(found.values())).name}, and has not")
            expected = [item for item in golden if level != FOREIGN or item[0] == graph.output_name]
            verdict = compare_tensors(graph, expected, recorded)
            _save(saver, (transform, level), verdict, golden, recorded)
            yield Comparison(transform, level, verdict)
    tell("", levels, levels)


def chosen_names(networks: Networks, transforms: Sequence[str]) -> tuple[str, ...]:
    """The graphs that are named, in their order, or all. Raises ValueError for one that there is not."""
    unknown = [name for name in transforms if name not in networks.names]
    if unknown:
        raise ValueError(f"transform must be one of {', '.join(networks.names)}, not {unknown[0]}")
    return tuple(name for name in networks.names if name in transforms or not transforms)


def _save(
    saver: Saver | None,
    where: tuple[str, str],
    verdict: Verdict,
    golden: Sequence[tuple[str, IntegerArray]],
    found: dict[str, Tensor],
) -> None:
    """Hands over every tensor that differs."""
    expected = dict(golden)
    for difference in verdict.differences if saver else ():
        assert saver is not None
        name = difference.tensor
        saver.save(*where, difference, expected[name], found[name].values)


def _same(tensor: Tensor | None, x: IntegerArray) -> bool:
    return tensor is not None and tensor.values.shape == x.shape and bool((tensor.values == x).all())


def _input(graph: Graph, path: Path, max_pixels: int) -> IntegerArray:
    name = graph.input_name
    announced = load_recording(path, only=name, shapes={name: ()}).get(name)
    if announced is None:
        raise ValueError(f"{path} must hold the input {name!r}, and does not")
    channels, height, width = announced.values.shape
    if channels != graph.input_type.channels or height * width > max_pixels:
        raise ValueError(
            f"{path}: {name!r} must have {graph.input_type.channels} channels and at most {max_pixels} pixels, not "
            f"{channels} of {width}x{height}"
        )
    return load_recording(path, only=name)[name].values


def _matching(networks: Networks, checkpoint: Path) -> QuantizedCodec:
    if not isinstance(networks, Bundle):
        raise ValueError(f"a checkpoint must be compared with a codec, not with {', '.join(networks.names)}")
    # torch comes with it, and whoever compares no checkpoint needs none
    from model.calibration import load_quantized  # noqa: PLC0415

    quantized, *_ = load_quantized(checkpoint)
    for transform in networks.names:
        if quantized.graph(transform).fingerprint() != networks.graph(transform).fingerprint():
            raise ValueError(f"{checkpoint} must be what {networks.folder} was exported from, and is not")
    return quantized


def _software(networks: Networks, transform: str, quantized: QuantizedCodec | None) -> dict[str, Evaluator]:
    levels: dict[str, Evaluator] = {}
    if quantized is not None:
        levels["torch"] = lambda x: quantized.evaluate(transform, x)
    levels["onnxruntime"] = OnnxEvaluator(networks.onnx_file(transform))
    return levels

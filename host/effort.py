"""Effort: how much an encoder does to find better symbols for the same latents. No decoder knows of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from host.entropy_model import EntropyModel
from host.pictures import Picture
from host.steps import LatentSteps
from ops import Graph, IntegerArray

EFFORTS = range(10)


@dataclass(frozen=True)
class Latents:
    """What is to be quantized: latents (channels, height, width) on the analysis' grid at the position of a quality.

    `picture` (3, height, width) is what they were made of, not padded, where it is known.
    """

    values: IntegerArray
    position: int
    entropy: EntropyModel
    steps: LatentSteps
    synthesis: Graph
    picture: Picture | None = None


Method = Callable[[Latents, int], IntegerArray]
"""Takes latents and the effort, and gives their symbols."""


def rounded(latents: Latents, effort: int) -> IntegerArray:
    """Effort 0: to the nearest, but for the dead zones."""
    return latents.steps.quantize(latents.values, latents.position)


METHODS: dict[int, Method] = {0: rounded}
"""By effort; those that the host has not are added by who has them."""


def check_effort(effort: int) -> None:
    """Raise ValueError for an effort that there is not, or not yet."""
    if effort not in EFFORTS:
        raise ValueError(f"effort must be between {EFFORTS[0]} and {EFFORTS[-1]}, not {effort}")
    if effort not in METHODS:
        there = ", ".join(map(str, sorted(METHODS)))
        raise ValueError(f"effort {effort} is not built in yet: effort must be one of {there}")


def symbols_by(effort: int, latents: Latents) -> IntegerArray:
    """The symbols of latents by the method of an effort. Raises ValueError for an effort that there is not."""
    check_effort(effort)
    return METHODS[effort](latents, effort)

"""What an encoder quantizes: the latents of one picture at one quality, with all that says what symbols cost."""

from __future__ import annotations

from dataclasses import dataclass

from host.entropy_model import EntropyModel
from host.pictures import Picture
from host.steps import LatentSteps
from ops import Graph, IntegerArray


@dataclass(frozen=True)
class Latents:
    """Latents (channels, height, width) on the analysis' grid at the position of a quality.

    `picture` (3, height, width) is what they were made of, not padded, where it is known.
    """

    values: IntegerArray
    position: int
    entropy: EntropyModel
    steps: LatentSteps
    synthesis: Graph
    picture: Picture | None = None

    def rounded(self) -> IntegerArray:
        """Symbols to the nearest, but for the dead zones."""
        return self.steps.quantize(self.values, self.position)

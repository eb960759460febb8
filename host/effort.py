"""Effort: how much an encoder does to find better symbols for the same latents. No decoder knows of it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from host.bitstream import EFFORTS
from host.latents import Latents
from host.trade import PASSES, traded
from ops import IntegerArray

__all__ = ["EFFORTS", "METHODS", "Latents", "Method", "check_effort", "symbols_by"]

REFINEMENT = "model.refinement"
"""Who refines through the synthesis. It takes torch, which nothing else of an encoder needs: it is found by name."""

Method = Callable[[Latents, int], IntegerArray]
"""Takes latents and the effort, and gives their symbols."""


def _rounded(latents: Latents, effort: int) -> IntegerArray:
    return latents.rounded()


def _refined(latents: Latents, effort: int) -> IntegerArray:
    symbols: IntegerArray = import_module(REFINEMENT).refined(latents, effort)
    return symbols


METHODS: dict[int, Method] = {
    effort: _refined if effort > max(PASSES) else traded if effort else _rounded for effort in EFFORTS
}
"""By effort: rounding; optimized quantization; refinement through the synthesis."""


def check_effort(effort: int) -> None:
    """Raise ValueError for an effort that there is not."""
    if effort not in METHODS:
        raise ValueError(f"effort must be between {EFFORTS[0]} and {EFFORTS[-1]}, not {effort}")


def symbols_by(effort: int, latents: Latents) -> IntegerArray:
    """The symbols of latents by the method of an effort. Raises ValueError for an effort that there is not."""
    check_effort(effort)
    return METHODS[effort](latents, effort)

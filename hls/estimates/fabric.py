"""What the streams between nodes are made of: FIFOs, slices, width converters, forks, ports."""

from __future__ import annotations

import numpy as np

from ops.costs.shapes import Array, Component, MemoryShape, bits_of

MODULES = {
    "fifo": ("stream_fifo",),
    "slice": ("stream_slice",),
    "converter": ("stream_width_converter", "stream_widen", "stream_narrow"),
    "fork": ("stream_fork",),
    "control": ("control_registers", "frame_monitor"),
    "video in": ("axis_video_in", "frame_counter"),
    "latents in": ("axis_latents_in", "frame_counter"),
    "video out": ("axis_video_out", "frame_framing"),
}
"""The library's modules whose cells a component stands for, apart from those of its other components."""


def fifo(width: Array, depth: Array) -> Component:
    """A FIFO of a stream, beats of `width` bits without marks."""
    terms = {"word": width, "pointer": bits_of(depth), "module": np.ones_like(width)}
    return Component("fifo", terms, terms, (MemoryShape(width + 2, depth, writable=True),))


def register_slice(width: Array) -> Component:
    """A register slice of a stream, beats of `width` bits without marks."""
    terms = {"word": width, "module": np.ones_like(width)}
    return Component("slice", terms, terms)


def converter(element: float, entering: Array, leaving: Array) -> Component:
    """A width converter; nothing where as many lanes enter as leave."""
    wide = np.lcm(entering.astype(int), leaving.astype(int)).astype(float)
    differs = entering != leaving
    widens, narrows = wide > entering, wide > leaving
    terms = {
        "widened": element * wide * widens,
        "narrowed": element * wide * narrows,
        "stage": 1.0 * widens + 1.0 * narrows,
        "counter": (bits_of(wide / entering) * widens + bits_of(wide / leaving) * narrows) * differs,
    }
    return Component("converter", terms, terms)


def fork(outputs: Array) -> Component:
    """The handshake of a fork."""
    terms = {"output": outputs}
    return Component("fork", terms, terms)


def port(kind: str) -> Component:
    """One of the ends of a transform: "control", "video in", "latents in", "video out"; the rest is wires."""
    terms = {"module": np.ones(1)}
    return Component(kind, terms, terms)

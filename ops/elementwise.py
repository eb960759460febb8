"""The hardware of operations that map pixel to pixel: as many lanes in as out, one beat a cycle."""

from __future__ import annotations

from ops.hardware import Folding, Hardware


def elementwise(
    folding: Folding, channels: int, latency: int, parameters: dict[str, int] | None = None, arity: int = 1
) -> Hardware:
    """The description of an element-wise module of `latency` registers. Raises ValueError unless pe == simd."""
    check_equal_lanes(folding, channels)
    return Hardware(
        input_lanes=(folding.simd,) * arity,
        output_lanes=folding.pe,
        cycles=lambda height, width: height * width * channels // folding.pe,
        parameters=parameters or {},
        latency=latency,
        passes_ready=True,
    )


def check_equal_lanes(folding: Folding, channels: int) -> None:
    """Raise ValueError unless as many lanes enter as leave, and they divide the channels."""
    if folding.pe != folding.simd:
        raise ValueError(f"pe must equal simd here, not {folding.pe!r} and {folding.simd!r}")
    folding.check(channels, channels)

"""Names of primitives in files and modules."""

from __future__ import annotations

import re


def snake_case(name: str) -> str:
    """The folder, ONNX text, C++ header and RTL module of a primitive: ShiftConv2d lives in shift_conv2d."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()

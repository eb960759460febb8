"""The range coder's library: constriction, or plain integers where it has no wheel (Linux on arm64)."""

from __future__ import annotations

try:
    from constriction import stream
except ModuleNotFoundError:
    from host import plain_coder as stream

__all__ = ["stream"]

"""How many cores this process may use."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """As many as it is bound to, or where no system call says that (macOS, Windows) as many as there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

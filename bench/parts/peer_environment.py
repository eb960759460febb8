"""Environments of peers: packages from PyPI that the project does not depend on, each set apart from it."""

from __future__ import annotations

import subprocess
import venv
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console


def peer_python(environment: Path, requirements: Sequence[str], console: Console) -> Path:
    """The interpreter of a peer's environment, which is made where there is none."""
    python, marker = environment / "bin" / "python", environment / "installed"
    if not marker.exists():
        with console.status(f"installing {', '.join(requirements)} into {environment}"):
            venv.create(environment, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
        marker.write_text("\n".join(requirements))
    return python

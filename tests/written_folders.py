"""Results for the tests of outputs: a folder that is written whole, and what a folder holds."""

from __future__ import annotations

import os
from pathlib import Path

from ops.files import whole_folder


def write(folder: Path, text: str = "new", kind: str = "test", force: bool = False) -> None:
    with whole_folder(folder, kind, force) as part:
        (part / "deep").mkdir()
        (part / "deep" / "file").write_text(text)
        (part / "marker.json").write_text("{}")


def tree(folder: Path) -> dict[str, str]:
    """Every path below a folder, with its text, the time of writing, or where it links to."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = os.readlink(path)
        elif path.is_file():
            found[str(path)] = f"{path.stat().st_mtime_ns} {path.read_text()}"
        else:
            found[str(path)] = ""
    return found

"""The photographs of a folder, and what of it could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from host import PictureError, read_picture
from host.pictures import Picture


@dataclass
class PictureFolder:
    """Every file of a folder (not of its subfolders, no hidden ones), by name, read one at a time.

    Iterating gives (name, picture) of those that are pictures; `skipped` gathers the others' names and reasons.
    Raises ValueError where the folder is missing or holds no file.
    """

    folder: Path
    skipped: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise ValueError(f"{self.folder} must be a folder of pictures, and is no folder")
        self._paths = sorted(p for p in self.folder.iterdir() if p.is_file() and not p.name.startswith("."))
        if not self._paths:
            raise ValueError(f"{self.folder} must hold pictures, and holds no file")

    def __len__(self) -> int:
        """Files, whether readable or not."""
        return len(self._paths)

    def __iter__(self) -> Iterator[tuple[str, Picture]]:
        for path in self._paths:
            try:
                picture = read_picture(path)
            except PictureError as error:
                self.skipped[path.name] = str(error)
                continue
            yield path.name, picture

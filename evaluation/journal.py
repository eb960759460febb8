"""What of an evaluation is done, kept as it is measured, so that one that broke off goes on where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.coders import Coder, CodingTimes
from evaluation.measurement import Measurement
from evaluation.metrics import Quality
from host.pictures import Picture
from ops.files.fields import TEXT, Kind, check_fields, optional, whole
from ops.files.reading import read_regular

HEADER = {"format": "sapm evaluation journal", "version": 1}
SIDE = whole(1, 65535)
FIGURE = Kind("a number from 0 on", lambda value: type(value) in (int, float) and value >= 0)
ROW = {
    **{"curve": TEXT, "setting": TEXT, "picture": TEXT, "width": SIDE, "height": SIDE, "size": FIGURE},
    "quality": {"bits_per_pixel": FIGURE, "psnr": FIGURE, "ms_ssim": optional(FIGURE)},
    "times": optional(
        Kind("two times", lambda value: isinstance(value, dict) and value.keys() == {"encode", "decode"})
    ),
}
LINE = {"key": TEXT, "rows": [ROW]}


@dataclass
class Journal:
    """Measurements by what was measured: one picture, sample by sample, with one coder at all its settings.

    A line of JSON for each in the file `path`, which a break leaves whole but for its last line. The key holds all that
    figures depend on, so that nothing is taken for what it is not.
    """

    path: Path
    done: dict[str, list[Measurement]] = field(default_factory=dict)

    @classmethod
    def begin(cls, path: Path, resume: bool) -> Journal:
        """A new one, in place of an older journal, or with `resume` that one, if it is there.

        Raises ValueError where the file is something else.
        """
        if path.exists() and not is_journal(path):
            raise ValueError(f"{path} must be what an evaluation left, and is not: move it away")
        journal = cls(path, _read(path) if resume and path.exists() else {})
        lines = [HEADER, *({"key": key, "rows": [asdict(row) for row in rows]} for key, rows in journal.done.items())]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return journal

    def add(self, key: str, rows: list[Measurement]) -> None:
        """Keeps what was measured."""
        self.done[key] = rows
        with self.path.open("a") as file:
            file.write(json.dumps({"key": key, "rows": [asdict(row) for row in rows]}) + "\n")

    def end(self) -> None:
        """Removes the file: all is done."""
        self.path.unlink(missing_ok=True)


def key_of(coder: Coder, name: str, picture: Picture) -> str:
    """What measurements of a picture (3, height, width) with a coder depend on, as a digest."""
    said = repr((coder.curve, coder.kind, coder.note, tuple(coder.settings), coder.identity, name, picture.shape))
    return hashlib.sha256(said.encode(errors="surrogateescape") + np.ascontiguousarray(picture).tobytes()).hexdigest()


def is_journal(path: Path) -> bool:
    """Whether a file begins as a journal does."""
    with path.open("rb") as file:
        return file.readline(200).strip() == json.dumps(HEADER).encode()


def _read(path: Path) -> dict[str, list[Measurement]]:
    """The measurements of all whole lines. Raises ValueError for a line that holds something else."""
    done = {}
    lines = read_regular(path).decode(errors="replace").split("\n")
    for number, line in enumerate(lines[1:-1], 2):
        try:
            content = json.loads(line)
            check_fields(content, LINE, f"{path}, line {number}")
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValueError(f"{path}, line {number} must be JSON, and is not") from error
        done[content["key"]] = [_measurement(row) for row in content["rows"]]
    return done


def _measurement(row: dict[str, Any]) -> Measurement:
    times = row["times"]
    if times is not None:
        check_fields(times, {"encode": FIGURE, "decode": FIGURE}, "times")
    figures = {name: row[name] for name in ("curve", "setting", "picture", "width", "height", "size")}
    quality = {name: row["quality"][name] for name in ("bits_per_pixel", "psnr", "ms_ssim")}
    return Measurement(**figures, quality=Quality(**quality), times=None if times is None else CodingTimes(**times))

"""Reports of results: one page beside the files that it is made of, made again at any time."""

from __future__ import annotations

from pathlib import Path

from ops.files import check_file, write_whole
from ops.files.written import add_to_record
from sapm.reporting.commands import note_command
from sapm.reporting.files import COMMANDS

PAGE = "report.html"


def report(folder: str | Path, file: str | Path | None = None, force: bool = False) -> Path:
    """Writes the report of what `sapm demo`, `generate`, `synth`, `cosim`, `compare` or `evaluate` left in `folder`:
    one HTML file that needs no network, `report.html` in the folder or the `file` that is named.

    Raises ValueError where the folder is none of these, and where another file than a report would be replaced, without
    `force`.
    """
    # jinja2 and Bokeh come with it, and who only loads projects needs neither
    from reports import is_report, render  # noqa: PLC0415
    from sapm.reporting.stories import story_of  # noqa: PLC0415

    place = Path(folder) / PAGE if file is None else Path(file)
    check_file(place, "a report of sapm", is_report, force)
    write_whole(place, render(story_of(Path(folder))))
    if file is None:
        add_to_record(place.parent, PAGE)
    return place


def leave_report(folder: Path, *names: str) -> Path:
    """Writes the report of a folder of results, and what made it; `names` are further files that are new in it."""
    note_command(folder)
    add_to_record(folder, COMMANDS, *names)
    return report(folder)

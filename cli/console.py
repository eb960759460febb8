"""What the command prints: progress of long steps, one line when each is done, one line for an error."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.spinner import Spinner
from rich.text import Text

from ops.extras import MissingExtra, missing_extra
from ops.files.text import visible
from sapm.announcing import Phase

EXPECTED = (ValueError, OSError, RuntimeError, MemoryError, MissingExtra)
"""What bad input and a bad day may raise; anything else is a bug of ours."""

SPINNING = 2
"""Columns of the sign that turns, and of the gap after it."""

LEAST_SAID = 8
"""Columns."""

FAILURE, INTERNAL_ERROR = 1, 70
"""Exit codes; the second is that of sysexits.h."""


class _Console(Console):
    """A console on which text is data: nothing in it is markup, and nothing reaches the terminal but what shows."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **settings)

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(visible(text), **settings)


console = _Console()
errors = _Console(stderr=True)


def styled(text: str, style: str = "") -> Text:
    """Text in a style, such as "bold red"."""
    return Text(visible(text), style)


@contextmanager
def announce(what: str) -> Iterator[Phase]:
    """Shows that `what` is going on, how far it is, and afterwards how long it took."""
    step, start = Phase(what), time.perf_counter()
    if not console.is_terminal:
        console.print(f"{what} ...")
    with _live(step, start) if console.is_terminal and not console.quiet else nullcontext():
        yield step
    seconds = time.perf_counter() - start if step.seconds is None else step.seconds
    much = f", {step.earlier + step.done:,} {step.unit}" if step.unit else ""
    console.print(f"{what}: {seconds:.1f} s{much}")


def _live(step: Phase, start: float) -> Live:
    spinner = Spinner("dots")
    return Live(get_renderable=lambda: _status(step, start, spinner), console=console, transient=True)


def _status(step: Phase, start: float, spinner: Spinner) -> Spinner:
    """What is going on, for how long, how much of it is done, and when it will be: as much as one line has room for."""
    elapsed = time.perf_counter() - start
    far = ", ".join(_far(step, elapsed))
    room = console.width - SPINNING - cell_len(far) - len(", ")
    what = _cropped(step.what, room)
    note = _cropped(step.note, room - cell_len(what) - len(", "))
    spinner.update(text=styled(", ".join(filter(None, [what, note, far]))))
    return spinner


def _cropped(text: str, room: int) -> str:
    """As much of a text as so many columns hold, nothing where they are too few to say something."""
    if cell_len(text) <= room:
        return text
    return chop_cells(text, room - 1)[0] + "…" if room >= LEAST_SAID else ""


def _far(step: Phase, elapsed: float) -> Iterator[str]:
    if step.unit:
        yield f"{step.done:,} of {step.total:,} {step.unit}" if step.total else f"{step.done:,} {step.unit}"
    yield f"{elapsed:.0f} s"
    if 0 < step.done < step.total:
        yield f"{elapsed * (step.total / step.done - 1):.0f} s left"


class _Manner:
    """How results are shown: errors with where they come from, results as JSON."""

    debugging = False
    json = False


def show_results(as_json: bool, quietly: bool) -> None:
    """Whether `answer` prints JSON, and all else goes to the standard error; and whether nothing else is printed."""
    _Manner.json = as_json
    console.stderr, console.quiet = as_json, quietly


def print_aside() -> None:
    """From now on what is printed goes to the standard error: the standard output is for data."""
    console.stderr = True


def is_json() -> bool:
    """Whether the standard output is for JSON alone."""
    return _Manner.json


def is_quiet() -> bool:
    """Whether errors alone are printed."""
    return console.quiet


def answer(result: Any) -> None:
    """The result of a command, for programs: printed as JSON where that was asked for."""
    if _Manner.json:
        print(json.dumps(result, indent=1, default=str), flush=True)


def show_origins(on: bool) -> None:
    """Whether `show_error` also says where an error comes from."""
    _Manner.debugging = on


def show_error(error: BaseException, where: str = "") -> int:
    """Prints an error in one line, `where` before it if it does not name that itself; the exit code."""
    if _Manner.debugging:
        errors.print("".join(traceback.format_exception(error)), soft_wrap=True)
    error = missing_extra(error) or error
    if isinstance(error, EXPECTED):
        text = _words(error)
    else:
        text = f"internal error: {type(error).__name__}: {' '.join(str(error).split())}"
        text += "" if _Manner.debugging else " (--debug shows where)"
    fail(text if where in text else f"{where}: {text}")
    return FAILURE if isinstance(error, EXPECTED) else INTERNAL_ERROR


def _words(error: BaseException) -> str:
    """An expected error in words: those of the system without their number, and after the file that they are about."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    text = ("not enough memory " if isinstance(error, MemoryError) else "") + str(error)
    return text.strip() or type(error).__name__


def fail(message: str) -> None:
    """Prints an error in one line, on the standard error."""
    errors.print(f"error: {message}", style="red", soft_wrap=True)


def warn(message: str) -> None:
    """Prints a warning, on the standard error."""
    errors.print(message, style="yellow", soft_wrap=True)


def say(message: str) -> None:
    """Prints a result, as it is."""
    console.print(message, soft_wrap=True)


def progress_bar() -> Progress:
    """A bar that counts what is done of how much, with the time that it took and that is left."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)

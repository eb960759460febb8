"""Several files at once when processes die: each file is tried again, the culprit is named, the others are done."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from cli.batch import Done, run_jobs
from cli.targets import Job

pytestmark = pytest.mark.slow


def copy(job: Job) -> Done:
    """Copies a file; its process dies at "deadly", and the first time at "unlucky"."""
    died = job.source.with_suffix(".died")
    if job.source.stem == "deadly" or (job.source.stem == "unlucky" and not died.exists()):
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    job.target.write_bytes(job.source.read_bytes())
    return Done(f"{job.target.name} done")


def test_a_dead_process_fails_no_other_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["a", "deadly", "unlucky", *"bcdefgh"]
    jobs = [Job(tmp_path / f"{name}.in", tmp_path / "out" / name) for name in names]
    for job in jobs:
        job.source.write_text(job.source.stem)
    assert run_jobs(copy, jobs, 2, "copying") == 1
    printed = capsys.readouterr()
    cause = "its process was ended by SIGKILL, as the system does where memory runs out"
    again = f"{cause}; what it did is done again"
    lines = printed.err.splitlines()
    assert [line for line in lines if line != again] == [f"error: deadly.in: {cause}", "error: 1 of 10 files failed"]
    assert lines.count(again) == 2  # of the deadly one and of the unlucky one
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted({*names} - {"deadly"})
    assert printed.out.count(" done\n") == 9

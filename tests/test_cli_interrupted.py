"""Commands that are killed, raced and short of disk at random lose nothing but what they were making."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from host import write_picture
from sample_pictures import photograph

SCRIPT = Path(__file__).with_name("interrupted_commands.py")
ROUNDS = 10


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_commands_interrupted_at_random(codec: Path, tmp_path: Path) -> None:
    shutil.copytree(codec, tmp_path / "codec")
    (tmp_path / "in").mkdir()
    for seed in range(2):
        write_picture(photograph(32, 48, seed), tmp_path / "in" / f"{seed}.png")
    command = [sys.executable, str(SCRIPT), str(tmp_path), str(ROUNDS), str(os.getpid())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["faults"] == [], f"seed {os.getpid()}: {said}"
    assert said["ends"]

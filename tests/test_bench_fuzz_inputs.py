"""Some mutated inputs of every kind, and that what must not happen would be found."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.parts.fuzz_kinds import MutatedFile, SampleFiles
from bench.parts.fuzz_mutations import checksum_repaired, of_bytes, of_fields, of_lines, of_members, of_messages
from bench.parts.fuzz_worker import _stop, attempt
from host.bitstream import Bitstream

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"


@pytest.mark.slow
def test_some_inputs_of_every_kind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.fuzz_inputs", "--count", "120", "--seed", "7", "--output", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "120 cases, 0 findings" in done.stdout


def crash() -> int:
    raise KeyError("x")


def loop() -> int:
    while True:
        pass


def shout() -> int:
    print("\x1b[2J")
    return 1


@pytest.mark.parametrize(
    ("read", "outcome"),
    [
        (crash, "crash"),
        (lambda: 70, "crash"),
        (loop, "hang"),
        (shout, "escape"),
        (lambda: 1, "refused"),
        (lambda: 0, "read"),
    ],
)
def test_what_must_not_happen_is_found(read: Callable[[], int], outcome: str, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGPROF, _stop)
    try:
        kind = SampleFiles("kind", 1, (of_bytes,), {"a": b"abc"}, lambda *_: read())
        assert attempt(MutatedFile(kind, "a", b"abd"), tmp_path, 1, 1 << 20)[0] == outcome
    finally:
        signal.signal(signal.SIGPROF, before)


def test_memory_that_is_taken_is_found(tmp_path: Path) -> None:
    def taken() -> int:
        print("error: not enough memory for x")
        return 1

    kind = SampleFiles("kind", 1, (of_bytes,), {"a": b"abc"}, lambda *_: taken())
    assert attempt(MutatedFile(kind, "a", b"abd"), tmp_path, 100, 1 << 20)[0] == "memory"
    kind = SampleFiles("kind", 1, (of_bytes,), {"a": b"abc"}, lambda *_: 0)
    assert attempt(MutatedFile(kind, "a", b"abd"), tmp_path, 100, 1)[0] == "memory"


def test_mutations_change_and_keep_what_they_say() -> None:
    rng = random.Random(1)
    coded = (GOLDEN / "quality_60.sapm").read_bytes()
    header = coded[5:13]
    repaired = [checksum_repaired(rng, coded) for _ in range(50)]
    assert sum(_is_whole(data, header) for data in repaired) > 20
    onnx = (GOLDEN / "codec" / "analysis.onnx").read_bytes()
    assert sum(of_messages(rng, onnx) != onnx for _ in range(20)) > 15
    steps = (GOLDEN / "codec" / "steps.npz").read_bytes()
    assert sum(of_members(rng, steps) != steps for _ in range(20)) > 15
    fields = json.dumps({"a": {"b": [1, 2]}, "c": "d"}).encode()
    assert sum(of_fields(rng, fields) != fields for _ in range(20)) > 15
    assert sum(of_lines(rng, b"a = 1\nb = 2") != b"a = 1\nb = 2" for _ in range(20)) > 15


def _is_whole(data: bytes, header: bytes) -> bool:
    try:
        Bitstream.from_bytes(data, header)
    except ValueError:
        return False
    return True

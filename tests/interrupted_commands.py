"""Runs commands that are killed, raced and short of disk at random; prints what must not happen, as JSON.

python tests/interrupted_commands.py FOLDER ROUNDS SEED, in which FOLDER holds `in/`, `in/*.png` and a codec `codec/`.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.modules["numba"] = None  # type: ignore[assignment]  # loops are not worth loading for pictures this small
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.main import main  # noqa: E402
from ops.files import check_folder  # noqa: E402

FOLDER, ROUNDS, SEED = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
ENDS = (0, 1, 129, 130, 143)
"""Exit codes that may be: done, refused or no room, and the signals that a command cleans up after."""

MARKS = (".sapm-part", ".sapm-old")


def commands(out: Path) -> list[list[str]]:
    """Every command, twice where what it writes differs."""
    coding = ["--codec", "codec", "--force", "--workers", "1"]
    return [
        *(["encode", "in", *coding, "-o", f"{out}/files/", "--quality", quality] for quality in ("30", "70")),
        ["decode", "coded", *coding, "-o", f"{out}/pictures/"],
        *(
            ["generate", "codec", "-o", f"{out}/project", "--size", side, "--back-end", "rtl", "--force"]
            for side in ("16x16", "32x32")
        ),
    ]


def started(arguments: Sequence[str], room: int | None, said: int) -> int:
    """A command in a process of its own, with so many bytes of disk for each file; its number. What it says of errors
    goes into the pipe `said`."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # none comes between the two
    child = os.fork()
    if child:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        return child
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    code = 70
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(said, 2)
        if room is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        sys.argv = ["sapm", *arguments]
        signal.signal(signal.SIGINT, signal.default_int_handler)
        main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """The exit code of a process, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def ran(arguments: Sequence[str]) -> tuple[int, str]:
    """The exit code of a command that nothing disturbs, and what it says of errors."""
    reading, said = pipe()
    code = ended(started(arguments, None, said))
    return code, heard(reading, said)


def pipe() -> tuple[int, int]:
    """The ends of a pipe, of which neither waits."""
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


def heard(reading: int, said: int) -> str:
    """What lies in a pipe, at most what it has room for; the pipe is closed."""
    os.close(said)
    try:
        return os.read(reading, 1 << 16).decode(errors="replace")
    except BlockingIOError:  # nothing does, and processes of the command still live
        return ""
    finally:
        os.close(reading)


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder, without the hidden ones of runs that were killed."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.endswith(MARKS) for part in path.parts)
    }


def faults(allowed: dict[str, set[bytes]], inputs: dict[str, bytes]) -> list[str]:
    """What is not whole, not one of the results, or was touched though it was only read."""
    found = [f"{name} was changed" for name, data in inputs.items() if (FOLDER / name).read_bytes() != data]
    out = contents(FOLDER / "out")
    for name, data in out.items():
        if not name.startswith("project/") and data not in allowed.get(name, set()):
            found.append(f"{name} is none of the results")
    if (FOLDER / "out" / "project").exists():
        try:
            check_folder(FOLDER / "out" / "project", "project")
        except ValueError as error:
            found.append(str(error))
    return found


def run() -> dict[str, object]:
    """The faults, and how often commands ended how."""
    os.chdir(FOLDER)
    rng, ends, found = random.Random(SEED), Counter[str](), list[str]()
    assert ran(["encode", "in", "--codec", "codec", "-o", "coded/", "--workers", "1"])[0] == 0
    allowed: dict[str, set[bytes]] = {}
    for number, arguments in enumerate(commands(Path("clean"))[:3]):
        arguments[arguments.index("-o") + 1] = f"clean{number}/{arguments[arguments.index('-o') + 1].split('/')[1]}/"
        assert ran(arguments)[0] == 0
        for name, data in contents(Path(f"clean{number}")).items():
            allowed.setdefault(name, set()).add(data)
    inputs = {name: data for name, data in contents(FOLDER).items() if name.split("/")[0] in ("in", "codec", "coded")}
    for _ in range(ROUNDS):
        chosen = rng.choices(commands(Path("out")), k=rng.choice((1, 2)))
        rooms = [rng.choice((None, round(2 ** rng.uniform(4, 15)))) for _ in chosen]
        pipes = [pipe() for _ in chosen]
        children = [started(*each, said) for *each, (_, said) in zip(chosen, rooms, pipes, strict=True)]
        time.sleep(rng.uniform(0, 1.5) * rng.random())
        for child, room in zip(children, rooms, strict=True):
            if room is None and rng.random() < 0.8:
                os.kill(child, rng.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGINT)))
        codes = [ended(child) for child in children]
        ends.update(map(str, codes))
        words = [heard(*each) for each in pipes]
        found += [
            f"{one[0]} ended with {code}: {said}"
            for one, code, said in zip(chosen, codes, words, strict=True)
            if code not in ENDS and code >= 0
        ]
        found += faults(allowed, inputs)
    for arguments in commands(Path("out"))[1:4]:
        code, said = ran(arguments)
        if code:
            found.append(f"{arguments[0]} fails in the end: {said}")
    found += faults(allowed, inputs)
    found += [f"{path} was left" for path in FOLDER.rglob("*") if path.name.endswith(MARKS)]
    found += [f"{name} is missing" for name in ("files", "pictures", "project") if not (FOLDER / "out" / name).exists()]
    return {"faults": found, "ends": ends}


print(json.dumps(run()))

"""Hidden neighbours in which results grow, what killed runs have left of them, and the swap that puts one in place."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # where there are no such locks, leftovers stay: they cannot be told from what is being written
    fcntl = None  # type: ignore[assignment]

PART, OLD = "sapm-part", "sapm-old"
LEFTOVER = re.compile(rf"\.(?P<name>.+)\.[0-9a-f]{{8}}\.(?P<kind>{PART}|{OLD})", re.S)
"""Names of what is being written, and of what gives way to it."""

SHOWN_CHARACTERS = 40
"""Of the target's name that a part's has: names may not be longer than 255 bytes."""


@contextmanager
def part_folder(target: Path) -> Iterator[Path]:
    """A new hidden folder beside `target`; what lies there when the block ends is removed."""
    clean(target.parent)
    path, handle = _new(target, is_folder=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        _close(handle)


@contextmanager
def part_file(target: Path) -> Iterator[tuple[Path, int]]:
    """A new hidden file beside `target` and its handle; if it still lies there when the block ends it is removed."""
    _clean_once(target.parent)
    path, handle = _new(target, is_folder=False)
    assert handle is not None
    try:
        yield path, handle
    finally:
        path.unlink(missing_ok=True)
        _close(handle)


def _new(target: Path, is_folder: bool) -> tuple[Path, int | None]:
    """Makes a part, with the rights that the umask leaves, and locks it as long as the handle is open."""
    while True:
        path = _neighbour(target, target.name[:SHOWN_CHARACTERS], PART)
        if is_folder:
            path.mkdir()
            handle = _opened(path)
        else:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        if handle is not None and fcntl is not None:
            with suppress(OSError):  # file systems without locks
                fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists():
            return path, handle
        _close(handle)  # another run took it for a leftover before it was locked


def _neighbour(target: Path, name: str, kind: str) -> Path:
    return target.with_name(f".{name}.{secrets.token_hex(4)}.{kind}")


def _opened(path: Path) -> int | None:
    """A handle of a folder or regular file to lock it by; None where there is none."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        return os.open(path, flags)
    except OSError:
        return None


def _close(handle: int | None) -> None:
    if handle is not None:
        with suppress(OSError):  # whoever wrote to a file may have closed it
            os.close(handle)


def is_leftover(path: Path) -> bool:
    """Whether `path` is a part that nobody is writing any more."""
    if fcntl is None or not LEFTOVER.fullmatch(path.name):
        return False
    handle = _opened(path)
    if handle is None:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def clean(folder: Path) -> None:
    """Removes what killed runs have left in `folder`; a result that one was about to replace returns to its place."""
    with suppress(OSError):
        for path in list(folder.iterdir()):
            found = LEFTOVER.fullmatch(path.name)
            if found is None or not is_leftover(path):
                continue
            place = folder / found["name"]
            if found["kind"] == OLD and not os.path.lexists(place):
                with suppress(OSError):
                    path.rename(place)
            elif path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()


_clean_once = cache(clean)
"""For files, of which a command may write thousands into one folder."""


def put_in_place(part: Path, target: Path) -> None:
    """Moves a folder to `target`; an older one is never gone before the new one is there, and is then removed.

    Raises OSError; `part` and `target` are then what they were.
    """
    try:
        os.rename(part, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if not _exchange(part, target):
            _replace(part, target)
    shutil.rmtree(part, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Gives each of two paths the other's name in one step; False where the system cannot. Raises OSError."""
    library: Any = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            failed = library.renamex_np(*names, 2)  # RENAME_SWAP
        else:
            failed = library.renameat2(-100, names[0], -100, names[1], 2)  # AT_FDCWD, RENAME_EXCHANGE
    except AttributeError:
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV):
        return False
    raise OSError(number, os.strerror(number), str(other))


def _replace(part: Path, target: Path) -> None:
    """As `_exchange`, in two steps; between them the older folder has a hidden name, from which `clean` restores it."""
    old = _neighbour(target, target.name, OLD)
    handle = _opened(target)
    if handle is not None and fcntl is not None:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        os.rename(target, old)
        try:
            os.rename(part, target)
        except BaseException:
            os.rename(old, target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    finally:
        _close(handle)

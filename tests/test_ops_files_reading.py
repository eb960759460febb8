"""Regular files are read whole; pipes, devices and what is too large are refused at once."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from ops.files.reading import check_regular, read_regular


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_files_and_links_to_them(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "file") == read_regular(check_regular(tmp_path / "link")) == b"abc"
    assert read_regular(tmp_path / "file", 3) == b"abc"


@pytest.mark.parametrize("read", [read_regular, check_regular])
def test_pipes_devices_and_folders_are_refused(read, pipe, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="must be a regular file.*pipe"):
        read(pipe)
    with pytest.raises(OSError, match="must be a regular file.*/dev/zero"):
        read(Path("/dev/zero"))
    with pytest.raises(IsADirectoryError):
        read(tmp_path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nothing")


def test_what_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 40)
    for read in (read_regular, check_regular):
        with pytest.raises(OSError, match="must have at most 2147483648 bytes, not 1099511627776"):
            read(tmp_path / "large")
    with pytest.raises(OSError, match="must have at most 10 bytes, not 11 or more"):
        read_regular(Path("/proc/self/status"), 10)  # says that it has none


def test_memory_follows_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"abc")
    tracemalloc.start()
    assert read_regular(tmp_path / "small") == b"abc"
    assert tracemalloc.get_traced_memory()[1] < 1e7
    tracemalloc.stop()

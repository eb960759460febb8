"""Entropy tables: fitted with integers alone, saved and loaded, refused where they are not tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from host import EntropyTables, TablesError
from host.tables import TOTAL, ChannelTable

TABLES = EntropyTables(-4, 3, (ChannelTable(-1, (1, 2, TOTAL - 4, 1)), ChannelTable(3, (TOTAL - 1, 1))))


@settings(max_examples=100, deadline=None)
@given(hnp.arrays(np.int64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=30), elements=st.integers(0, 10**12)))
def test_fitted_tables_are_lawful(counts: np.ndarray) -> None:
    tables = EntropyTables.fit(counts, -7)  # the constructor checks sums and windows
    assert (tables.alphabet_low, tables.alphabet_high) == (-7, counts.shape[1] - 8)
    assert tables == EntropyTables.fit(counts, -7)
    for row, table in zip(counts, tables.channels, strict=True):
        window = row[table.low + 7 : table.high + 8]
        assert (row.sum() - window.sum()) * TOTAL < max(1, row.sum())


def test_proportions_are_kept() -> None:
    (table,) = EntropyTables.fit(np.array([[0, 1, 2, 1, 0]]), -2).channels
    assert table == ChannelTable(-1, (16384, 32768 - 1, 16384, 1)) or sum(table.counts) == TOTAL
    assert table.low == -1 and abs(table.counts[1] - 32768) <= 2 and table.counts[3] == 1


def test_rare_tails_are_escaped() -> None:
    (table,) = EntropyTables.fit(np.array([[1, 0, 10**6, 10**6, 0, 0, 20, 0]]), -2).channels
    assert (table.low, table.high) == (0, 1)
    (table,) = EntropyTables.fit(np.array([[100, 0, 10**6, 10**6, 0, 0, 20, 0]]), -2).channels
    assert (table.low, table.high) == (-2, 1)


@pytest.mark.parametrize(("low", "expected"), [(-2, 0), (3, 3), (-9, -5)])
def test_channel_never_seen_expects_the_value_nearest_zero(low: int, expected: int) -> None:
    (table,) = EntropyTables.fit(np.zeros((1, 5), int), low).channels
    assert table == ChannelTable(expected, (TOTAL - 1, 1))


def test_known_tables_stay() -> None:
    """Fitting is part of training's reproducibility: the same histogram gives the same tables."""
    tables = EntropyTables.fit(
        np.array([[0, 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], [0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0]]), -6
    )
    assert tables.digest().hex()[:16] == "bc6890dad209c0e2"


def test_estimate_is_the_entropy() -> None:
    tables = EntropyTables(-128, 127, (ChannelTable(0, (TOTAL // 2, TOTAL // 4, TOTAL // 4)),))
    assert tables.estimate_bits(np.array([[[0, 1, 0, 0]]])) == 1 + 2 + 1 + 1
    assert tables.estimate_bits(np.array([[[0, 5]]])) == 1 + 2 + 8
    assert tables.least_bits == 1


def test_save_and_load(tmp_path: Path) -> None:
    TABLES.save(tmp_path / "entropy.json")
    loaded = EntropyTables.load(tmp_path / "entropy.json")
    assert loaded == TABLES and loaded.digest() == TABLES.digest()
    assert [path.name for path in tmp_path.iterdir()] == ["entropy.json"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "must be a file of format 'sapm entropy tables'"),
        ({"version": 2}, "version must be 1, not 2"),
        ({"alphabet": [0]}, "not enough values"),
        ({"alphabet": [0, 10**6]}, "alphabet must lie in 16 bits"),
        ({"channels": []}, "at least 1 channel"),
        ({"channels": [{"low": 0}]}, "for each channel a low and counts"),
        ({"channels": [{"low": 0, "counts": [0.5, 0.5]}]}, "all integers"),
        ({"channels": [{"low": 0, "counts": [TOTAL]}]}, r"window must be inside \[-4, 3\], not \[0, -1\]"),
        ({"channels": [{"low": 0, "counts": [TOTAL, 1]}]}, "channel 0: counts must be positive and sum to 65536"),
        ({"channels": [{"low": 0, "counts": [TOTAL, 0]}]}, "with a smallest of 0"),
        ({"channels": [{"low": 3, "counts": [TOTAL - 2, 1, 1]}]}, r"window must be inside \[-4, 3\], not \[3, 4\]"),
    ],
)
def test_bad_tables_are_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = tmp_path / "entropy.json"
    path.write_text(json.dumps(json.loads(TABLES.to_json()) | change))
    with pytest.raises(TablesError, match=words) as caught:
        EntropyTables.load(path)
    assert str(caught.value).startswith("entropy.json: ") and "\n" not in str(caught.value)


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "entropy.json"
    with pytest.raises(TablesError, match="No such file"):
        EntropyTables.load(path)
    data = TABLES.to_json()
    for length in range(0, len(data) - 2, 7):
        path.write_bytes(data[:length])
        with pytest.raises(TablesError, match="is not an entropy table file, or it is truncated"):
            EntropyTables.load(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TablesError, match="is not an entropy table file"):
        EntropyTables.load(path)

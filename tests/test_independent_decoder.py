"""A decoder that shares nothing with ours, written from the specification, makes the same pictures of files."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

import independent_decoder
from host.qualities import position_of
from independent_decoder import decode
from sample_pictures import photograph
from sapm.codecs import SHIPPED_CODECS, load_codec

GOLDEN = Path(__file__).with_name("golden")
CODEC = GOLDEN / "codec"
DIGESTS = json.loads((GOLDEN / "sha256.json").read_text())
MODULES = {*sys.stdlib_module_names, "numpy", "onnx"}


def test_nothing_of_the_project_is_imported() -> None:
    tree = ast.parse(Path(independent_decoder.__file__).read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= MODULES


def golden_file(quality: str) -> bytes:
    return (GOLDEN / f"quality_{quality}.sapm").read_bytes()


@pytest.mark.parametrize("quality", DIGESTS)
def test_golden_files_decode_to_the_same_picture(quality: str) -> None:
    picture = np.ascontiguousarray(decode(golden_file(quality), CODEC).astype(np.uint8))
    assert hashlib.sha256(picture.tobytes()).hexdigest() == DIGESTS[quality]["picture"]


@pytest.mark.parametrize(("quality", "size"), [(1, (48, 33)), (75, (17, 40))])
def test_files_of_a_shipped_codec_decode_to_the_same_picture(quality: int, size: tuple[int, int]) -> None:
    """Its entropy model has signed channels and others in many groups, its synthesis every branch."""
    folder = SHIPPED_CODECS / "small"
    codec = load_codec(folder)
    data = codec.encode(photograph(*size), position_of(quality))
    np.testing.assert_array_equal(decode(data, folder), codec.decode(data))


def test_what_is_no_file_of_the_model_is_refused() -> None:
    data = golden_file("60")
    for changed in (b"", data[:-1], data + b"\0", data[:40] + b"\0" + data[41:], b"X" + data[1:]):
        with pytest.raises(ValueError, match="no file of version 1|truncated or damaged"):
            decode(changed, CODEC)
    with pytest.raises(ValueError, match="of another model"):
        decode(data, SHIPPED_CODECS / "small")


def with_words(data: bytes, words: bytes) -> bytes:
    """A file with other words of symbols, whose length and checksum are right."""
    body = data[:19] + len(words).to_bytes(4, "little") + words
    return body + zlib.crc32(body).to_bytes(4, "little")


def test_words_too_few_and_too_many_are_refused() -> None:
    data = golden_file("60")
    words = data[23:-4]
    with pytest.raises(ValueError, match="words are left"):
        decode(with_words(data, words + b"\0\0"), CODEC)
    with pytest.raises(ValueError, match="too few words"):
        decode(with_words(data, words[:-2]), CODEC)

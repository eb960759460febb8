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
from independent_decoder import OPERATIONS, decode
from ops import REGISTRY
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


def with_checksum(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(4, "little")


def test_effort_and_sections_change_no_picture() -> None:
    data = golden_file("60")
    picture = decode(data, CODEC)
    body = data[:13] + (int.from_bytes(data[13:15], "little") | 9 << 12).to_bytes(2, "little") + data[15:-4]
    sections = b"XMP " + (3).to_bytes(4, "little") + b"abc" + b"ZZ 9" + bytes(4)
    np.testing.assert_array_equal(decode(with_checksum(body + sections), CODEC), picture)
    for broken in (sections[:-1], sections + b"\0", b"XMP " + (4).to_bytes(4, "little") + b"abc"):
        with pytest.raises(ValueError, match="truncated or damaged"):
            decode(with_checksum(body + broken), CODEC)


def with_words(data: bytes, words: bytes) -> bytes:
    """A file with other words of symbols, whose length and checksum are right."""
    return with_checksum(data[:19] + len(words).to_bytes(4, "little") + words)


def test_words_too_few_and_too_many_are_refused() -> None:
    data = golden_file("60")
    words = data[23:-4]
    with pytest.raises(ValueError, match="words are left"):
        decode(with_words(data, words + b"\0\0"), CODEC)
    with pytest.raises(ValueError, match="too few words"):
        decode(with_words(data, words[:-2]), CODEC)


@pytest.mark.parametrize("name", REGISTRY)
def test_every_primitive_is_as_its_page_says(name: str) -> None:
    """Those of the analysis as well, which no decoder runs."""
    kind = REGISTRY[name]
    for example in kind.examples():
        arrays = [getattr(example.operation, field).astype(int) for field in kind.array_fields()]
        attributes = {field: int(getattr(example.operation, field)) for field in kind.attribute_fields()}
        found = OPERATIONS[name](*example.inputs, *arrays, **attributes)
        np.testing.assert_array_equal(found, example.operation.evaluate(*example.inputs), err_msg=example.label)

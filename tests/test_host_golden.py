"""Files of the one format version decode for ever: tests/golden has a codec and its files of one picture.

pytest tests/test_host_golden.py --update-golden writes them anew; do so only for a new version.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from host import HostCodec
from host.qualities import position_of
from sample_host import random_codec
from sapm.bundle import Bundle, save_bundle

FOLDER = Path(__file__).parent / "golden"
HASHES = FOLDER / "sha256.json"
QUALITIES = (1, 60, 100)
HEIGHT, WIDTH = 117, 90


def picture() -> np.ndarray:
    """Smooth squares with noise, the same on every machine."""
    coarse = (np.arange(3 * 8 * 6).reshape(3, 8, 6) * 97 % 256).repeat(16, 1).repeat(16, 2)[:, :HEIGHT, :WIDTH]
    noise = np.arange(coarse.size).reshape(coarse.shape) * 7919 % 31 - 15
    return np.clip(coarse + noise, 0, 255).astype(np.uint8)


def file_of(quality: int) -> Path:
    return FOLDER / f"quality_{quality}.sapm"


def hashes(codec: HostCodec, data: bytes) -> dict[str, str]:
    parts = {
        "symbols": codec.read(data).symbols.astype("<i2"),
        "latents": codec.unpack(data)[0].astype("<i2"),
        "picture": codec.decode(data),
    }
    return {name: hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest() for name, values in parts.items()}


def update() -> None:
    codec = save_bundle(random_codec(), FOLDER / "codec", force=True).host
    found = {}
    for quality in QUALITIES:
        data = codec.encode(picture(), position_of(quality))
        file_of(quality).write_bytes(data)
        found[str(quality)] = hashes(codec, data)
    HASHES.write_text(json.dumps(found, indent=2) + "\n")


@pytest.fixture(scope="module")
def golden(request: pytest.FixtureRequest) -> HostCodec:
    if request.config.getoption("--update-golden"):
        update()
    return Bundle.load(FOLDER / "codec").host


@pytest.mark.parametrize("quality", QUALITIES)
def test_golden_file_decodes(quality: int, golden: HostCodec) -> None:
    assert hashes(golden, file_of(quality).read_bytes()) == json.loads(HASHES.read_text())[str(quality)]


@pytest.mark.parametrize("quality", QUALITIES)
def test_encoder_writes_the_golden_file(quality: int, golden: HostCodec) -> None:
    data, position = file_of(quality).read_bytes(), position_of(quality)
    assert golden.encode(picture(), position) == data
    symbols = golden.symbols_of(golden.latents_of(picture()), position)
    assert abs(8 * len(data) - 8 * 35) <= 1.01 * golden.entropy.estimate_bits(symbols, position)

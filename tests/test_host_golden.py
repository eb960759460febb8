"""Files of every version that was ever written are decoded for ever: tests/golden has a codec and a picture of each.

pytest tests/test_host_golden.py --update-golden writes them anew; do so only for a new version.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from export.model_file import load, save
from host import (
    ANALYSIS_FILE,
    CONTEXT_FILE,
    SYNTHESIS_FILE,
    TABLES_FILE,
    ContextModel,
    EntropyModel,
    EntropyTables,
    HostCodec,
)
from ops.counting import count_values
from sample_context import context_model
from sample_graphs import analysis_graph, synthesis_graph

FOLDER = Path(__file__).parent / "golden"
KINDS = {"static": TABLES_FILE, "context": CONTEXT_FILE}
HEIGHT, WIDTH = 117, 90


def picture() -> np.ndarray:
    """Smooth squares with noise, the same on every machine."""
    coarse = (np.arange(3 * 8 * 6).reshape(3, 8, 6) * 97 % 256).repeat(16, 1).repeat(16, 2)[:, :HEIGHT, :WIDTH]
    noise = np.arange(coarse.size).reshape(coarse.shape) * 7919 % 31 - 15
    return np.clip(coarse + noise, 0, 255).astype(np.uint8)


def hashes(codec: HostCodec, data: bytes) -> dict[str, str]:
    latents, _ = codec.unpack(data)
    parts = {"latents": latents.astype("<i2"), "picture": codec.decode(data)}
    return {name: hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest() for name, values in parts.items()}


def made(kind: str) -> HostCodec:
    analysis, synthesis = analysis_graph(), synthesis_graph()
    entropy: EntropyModel = context_model()
    if kind == "static":
        entropy = EntropyTables.fit(count_values(analysis(picture()[:, :112, :80].astype(np.int64)), -128, 127), -128)
    return HostCodec(analysis, synthesis, entropy)


def update(kind: str, folder: Path) -> None:
    codec = made(kind)
    folder.mkdir(parents=True, exist_ok=True)
    save(codec.analysis, folder / ANALYSIS_FILE)
    save(codec.synthesis, folder / SYNTHESIS_FILE)
    assert isinstance(codec.entropy, EntropyTables | ContextModel)
    codec.entropy.save(folder / KINDS[kind])
    data = codec.encode(picture())
    (folder / "picture.sapm").write_bytes(data)
    (folder / "sha256.json").write_text(json.dumps(hashes(codec, data), indent=2) + "\n")


@pytest.fixture(params=KINDS)
def golden(request: pytest.FixtureRequest) -> tuple[HostCodec, Path]:
    folder = FOLDER / request.param
    if request.config.getoption("--update-golden"):
        update(request.param, folder)
    model = (EntropyTables if request.param == "static" else ContextModel).load(folder / KINDS[request.param])
    return HostCodec(load(folder / ANALYSIS_FILE), load(folder / SYNTHESIS_FILE), model), folder


def test_golden_file_decodes(golden: tuple[HostCodec, Path]) -> None:
    codec, folder = golden
    assert hashes(codec, (folder / "picture.sapm").read_bytes()) == json.loads((folder / "sha256.json").read_text())


def test_encoder_writes_the_golden_file(golden: tuple[HostCodec, Path]) -> None:
    codec, folder = golden
    data = (folder / "picture.sapm").read_bytes()
    assert codec.encode(picture()) == data
    assert data[4] == codec.entropy.payload_version
    assert abs(8 * len(data) - 8 * 32) <= 1.01 * codec.entropy.estimate_bits(codec.latents_of(picture()))

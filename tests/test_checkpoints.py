"""The shipped checkpoint, as integers: photographs come back, at the rate and quality that are promised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage import data

from host import HostCodec, psnr, read_picture
from host.pictures import Picture
from host.qualities import position_of
from model.calibration import load_quantized
from model.codec import TRANSFORMS
from sapm.bundle import export_bundle
from sapm.rate import DEFAULT_QUALITY

SHIPPED_CHECKPOINT = Path(__file__).resolve().parents[1] / "checkpoints" / "small.npz"

pytestmark = pytest.mark.skipif(
    not SHIPPED_CHECKPOINT.is_file(), reason=f"{SHIPPED_CHECKPOINT.name} is not trained yet"
)

KODAK = Path(__file__).resolve().parents[2] / "shared" / "data" / "kodak"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> HostCodec:
    return export_bundle(SHIPPED_CHECKPOINT, tmp_path_factory.mktemp("small") / "codec").host


def rate_and_psnr(host: HostCodec, picture: Picture) -> tuple[float, float]:
    """Bits per pixel of the real file, PSNR of what it decodes to."""
    compressed = host.encode(picture, position_of(DEFAULT_QUALITY))
    return 8 * len(compressed) / picture[0].size, psnr(picture, host.decode(compressed))


def test_a_photograph_comes_back(host: HostCodec) -> None:
    astronaut: Picture = np.ascontiguousarray(data.astronaut().transpose(2, 0, 1))
    rate, quality = rate_and_psnr(host, astronaut)
    assert rate < 0.7
    assert quality > 28.5


def test_fake_quantized_torch_equals_golden() -> None:
    quantized, *_ = load_quantized(SHIPPED_CHECKPOINT)
    x = data.astronaut()[100:228, 150:310].transpose(2, 0, 1).astype(np.int64)
    for transform in TRANSFORMS:
        graph = quantized.graph(transform)
        golden = dict(graph.evaluate(x))
        for name, values in quantized.evaluate(transform, x):
            np.testing.assert_array_equal(values, golden[name], err_msg=f"{transform} {name}")
        x = golden[graph.output_name]


@pytest.mark.slow
@pytest.mark.skipif(not KODAK.is_dir(), reason="the Kodak test set is not beside the project")
def test_kodak(host: HostCodec) -> None:
    figures = [rate_and_psnr(host, read_picture(path)) for path in sorted(KODAK.glob("*.png"))]
    rate, quality = np.mean(figures, axis=0)
    assert len(figures) == 24
    assert rate < 1.5
    assert quality > 24.0

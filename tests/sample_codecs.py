"""Small random codecs whose every branch contributes, and pictures to calibrate them on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from model.calibration import RECORD, quantization_record
from model.checkpoint import save_checkpoint
from model.codec import Codec
from model.configuration import CodecConfiguration
from model.deconvolution import ImplicitDeconvolution
from model.lowering import QuantizedCodec
from model.sapm import ParallelBranches

SIZE = 64


def lively_codec(configuration: CodecConfiguration, seed: int = 0) -> Codec:
    """A random codec whose running statistics come from pictures and whose every branch contributes."""
    torch.manual_seed(seed)
    codec = Codec(configuration)
    for module in codec.modules():
        if isinstance(module, ImplicitDeconvolution):
            torch.nn.init.normal_(module.weight, std=0.3)
            torch.nn.init.normal_(module.bias, std=0.1)
        if isinstance(module, ParallelBranches) and module.bias is not None:
            torch.nn.init.normal_(module.bias, std=0.1)
    codec.train()
    for _ in range(3):
        codec(torch.rand(2, 3, SIZE, SIZE), torch.tensor([2.0, 6.0]))
    return codec.eval()


def pictures(count: int = 2, seed: int = 0) -> np.ndarray:
    """Smooth random pictures with some noise, (count, 3, SIZE, SIZE)."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 3, SIZE // 8, SIZE // 8)).repeat(8, axis=2).repeat(8, axis=3)
    return np.clip(coarse + rng.integers(-20, 21, coarse.shape), 0, 255).astype(np.uint8)


def quantized_checkpoint(configuration: CodecConfiguration, path: Path, seed: int = 0) -> Path:
    """A quantized checkpoint of a random codec at `path`."""
    codec = lively_codec(configuration, seed)
    record = quantization_record(QuantizedCodec.calibrate(codec, pictures()), pictures())
    save_checkpoint(path, codec, {RECORD: record})
    return path

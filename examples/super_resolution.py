"""A network of shift and adder layers that doubles a picture: trained, quantized, exported, simulated, compared.

python examples/super_resolution.py FOLDER [STEPS]
"""

import sys
from pathlib import Path

import numpy as np
import torch
from skimage import data
from torch import nn
from torch.nn.functional import avg_pool2d

import sapm
from model.adder import AdderConv2d
from model.deconvolution import ImplicitDeconvolution
from model.gdn import GDN
from model.network import Parallel, QuantizedNetwork
from model.shift import DeepShiftConv2d


def network() -> nn.Sequential:
    """Pixels [B, 3, H, W] in [0, 1) to [B, 3, 2 H, 2 W]."""
    adders = nn.Sequential(AdderConv2d(16, 8, 3), ImplicitDeconvolution(8, 12))
    branches = Parallel(DeepShiftConv2d(16, 12, 3), adders, nn.Conv2d(16, 12, 1))
    return nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), GDN(16), branches, nn.PixelShuffle(2))


def crops(side: int = 64) -> torch.Tensor:
    """Bytes [B, 3, side, side] of photographs that come with scikit-image."""
    pictures = (data.astronaut(), data.chelsea()[:256, :448], data.coffee()[:384, :576])
    tiles = [p.reshape(p.shape[0] // side, side, -1, side, 3).transpose(0, 2, 4, 1, 3) for p in pictures]
    mixed = np.concatenate([tile.reshape(-1, 3, side, side) for tile in tiles])
    return torch.from_numpy(np.random.default_rng(0).permutation(mixed))


def main(folder: Path, steps: int = 600) -> bool:
    """Whether RTL, HLS, ONNX Runtime and the golden model are identical; the ONNX file is in project/networks."""
    large, model = crops(), network()
    small = avg_pool2d(large.float(), 2).round().byte()
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for chosen in torch.arange(8 * steps).view(steps, 8) % len(large):
        loss = (model(small[chosen] / 256) - large[chosen] / 256).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    quantized = QuantizedNetwork.calibrate(model, small[:16].numpy(), role="pixels", name="doubler")
    error = (quantized(small[:16]) - large[:16] / 256).square().mean()
    print(f"float {-10 * loss.log10():.2f} dB, integers {-10 * error.log10():.2f} dB")
    project = sapm.generate(quantized.graph(), folder / "project", height=32, width=32)
    sapm.cosimulate(project, small[0].numpy(), folder / "run")
    comparisons = sapm.compare(project, folder / "run")
    print(*(f"{comparison.level}: {comparison.verdict}" for comparison in comparisons), sep="\n")
    return all(comparison.verdict.identical for comparison in comparisons)


if __name__ == "__main__":
    sys.exit(not main(Path(sys.argv[1]), *map(int, sys.argv[2:])))

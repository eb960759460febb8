"""Weights rounded one after the other, so that later ones make up for the errors of earlier ones."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model.quantization.weights import Projection

SAMPLES = 16384
"""Windows of the input, over all pictures, that a layer's statistics are taken from."""

DAMPING = 1e-3
"""What is added to the variances of the inputs, relative to their mean."""


@dataclass(frozen=True)
class Correction:
    """What is added to float weights [O, C, k, k] and bias [O] before they are rounded; float32."""

    weight: Tensor
    bias: Tensor

    def to_dictionary(self) -> dict[str, Any]:
        """JSON-ready: the shape of the weights, and the bytes of both in base64."""
        values = np.concatenate([part.numpy().astype("<f4").ravel() for part in (self.weight, self.bias)])
        return {"shape": list(self.weight.shape), "float32": base64.b64encode(values.tobytes()).decode()}

    @classmethod
    def from_dictionary(cls, fields: dict[str, Any]) -> Correction:
        """Reads `to_dictionary`. Raises ValueError where the bytes do not fit the shape."""
        shape = fields["shape"]
        values = torch.from_numpy(np.frombuffer(base64.b64decode(fields["float32"]), "<f4").astype(np.float32))
        weight, bias = values.split([values.numel() - shape[0], shape[0]])
        return cls(weight.reshape(shape), bias)


@torch.no_grad()
def compensate(x: Tensor, weight: Tensor, projection: Projection, stride: int = 1) -> Correction:
    """The correction of a convolution with padding (k - 1) // 2 whose input is like x [B, C, H, W].

    GPTQ (Frantar et al., ICLR 2023, after Hassibi and Stork's optimal brain surgeon): with the covariance of the inputs
    every weight's rounding error is spread over those not yet rounded, so that the error of the result is small and not
    that of each weight. The bias takes what remains of its mean (Nagel et al., ICCV 2019).
    """
    inputs = _windows(x, weight.shape[-1], stride)
    mean = inputs.mean(dim=1)
    centred = inputs - mean[:, None]
    target = weight.detach().cpu().double().flatten(1)
    rounded = _round_in_turn(target, centred @ centred.t() / inputs.shape[1], projection)
    error = rounded - target
    return Correction(error.reshape(weight.shape).float(), -(error @ mean).float())


def _windows(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Every so many windows of x, [C * k * k, about SAMPLES], in float64."""
    each = -(-SAMPLES // len(x))
    columns = []
    for picture in x.detach():
        windows = functional.unfold(picture[None], kernel, padding=(kernel - 1) // 2, stride=stride)[0]
        columns.append(windows[:, :: max(1, windows.shape[1] // each)].cpu().double())
    return torch.cat(columns, dim=1)


def _round_in_turn(target: Tensor, covariance: Tensor, projection: Projection) -> Tensor:
    """target [O, K] on the grids of `projection`, the inputs of largest variance first."""
    order = covariance.diagonal().argsort(descending=True)
    back = order.argsort()
    damped = covariance[order][:, order].clone()
    damped.diagonal().add_(DAMPING * damped.diagonal().mean() + 1e-12)
    spread = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(damped)), upper=True)
    rest, rounded = target[:, order].clone(), torch.empty_like(target)
    for index in range(rest.shape[1]):
        rounded[:, index] = projection.nearest(rest[:, index])
        share = (rest[:, index] - rounded[:, index]) / spread[index, index]
        rest[:, index + 1 :] -= torch.outer(share, spread[index, index + 1 :])
    return rounded[:, back]

"""The factorized prior of the hyper latents (Balle et al., ICLR 2018, section 6.1)."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (1, 3, 3, 3, 1)
FIRST_SPREAD = 10.0


class FactorizedPrior(nn.Module):
    """For each of C channels a learned distribution function: four small layers with positive matrices."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.matrices, self.biases, self.factors = nn.ParameterList(), nn.ParameterList(), nn.ParameterList()
        layers = len(WIDTHS) - 1
        scale = FIRST_SPREAD ** (1 / layers)
        for inputs, outputs in pairwise(WIDTHS):
            # softplus of this start gives each layer the same gain, all layers together 1 / FIRST_SPREAD
            start = math.log(math.expm1(1 / (scale * outputs)))
            self.matrices.append(nn.Parameter(torch.full((channels, outputs, inputs), start)))
            self.biases.append(nn.Parameter(torch.rand(channels, outputs, 1) - 0.5))
        for outputs in WIDTHS[1:-1]:
            self.factors.append(nn.Parameter(torch.zeros(channels, outputs, 1)))

    def logits(self, values: Tensor) -> Tensor:
        """Logits of the distribution function at values [C, 1, P], increasing in the value; [C, 1, P]."""
        result = values
        for index, (matrix, bias) in enumerate(zip(self.matrices, self.biases, strict=True)):
            result = functional.softplus(matrix) @ result + bias
            if index < len(self.factors):
                result = result + torch.tanh(self.factors[index]) * torch.tanh(result)
        return result

    def forward(self, latents: Tensor) -> Tensor:
        """Bits of every hyper latent in a bin of width 1; [B, C, H, W] -> [B, C, H, W]."""
        batch, channels, height, width = latents.shape
        values = latents.transpose(0, 1).reshape(channels, 1, -1)
        lower, upper = self.logits(values - 0.5), self.logits(values + 0.5)
        # sigmoid(u) - sigmoid(l) = sigmoid(u) * sigmoid(-l) * (1 - exp(l - u)): its logarithm loses no digits
        gap = (lower - upper).clamp(max=-1e-7)
        log_mass = functional.logsigmoid(upper) + functional.logsigmoid(-lower) + torch.log(-torch.expm1(gap))
        bits = -log_mass / math.log(2.0)
        return bits.reshape(channels, batch, height, width).transpose(0, 1)

"""Generalized divisive normalization and its inverse (Balle et al., ICLR 2017, eq. 3)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.quantization.target import LoweringTarget, Map

BETA_MINIMUM = 1e-3


class GDN(nn.Module):
    """y_i = x_i / sqrt(beta_i + sum_j gamma_ij x_j^2), [B, C, H, W]; `inverse` multiplies instead.

    The parameters hold square roots, which keeps beta >= 1e-3 and gamma >= 0 without a constrained optimizer.
    """

    def __init__(self, channels: int, inverse: bool = False) -> None:
        super().__init__()
        self.inverse = inverse
        self.beta_root = nn.Parameter(torch.ones(channels))
        # off the diagonal a root of zero would have no gradient
        self.gamma_root = nn.Parameter((0.1 * torch.eye(channels) + 1e-4).sqrt())

    @property
    def beta(self) -> Tensor:
        """[C], at least 1e-3."""
        return self.beta_root.square().clamp(min=BETA_MINIMUM)

    @property
    def gamma(self) -> Tensor:
        """[C, C], not negative; row i holds the weights of output channel i."""
        return self.gamma_root.square()

    def forward(self, image: Tensor) -> Tensor:
        norm = functional.conv2d(image.square(), self.gamma[:, :, None, None], self.beta)
        return image * (norm.sqrt() if self.inverse else norm.rsqrt())

    def lower(self, target: LoweringTarget[Map], name: str, x: Map) -> Map:
        """Square, a 1x1 convolution by gamma, root and division (or product); x is wide, the result an activation.

        beta and gamma take the gains of the result.
        """
        energy = target.round(f"{name}.energy", target.square(f"{name}.square", x), "energy")
        beta, gamma = self.beta, self.gamma
        gains = target.gains(f"{name}.round")
        if gains is not None:
            factors = gains.to(beta).square() if self.inverse else gains.to(beta).square().reciprocal()
            beta, gamma = beta * factors, gamma * factors[:, None]
        norm = target.shift_conv(f"{name}.norm", energy, gamma[:, :, None, None], beta, "norm")
        normalized = target.normalize(f"{name}.normalize", x, norm, self.inverse)
        return target.round(f"{name}.round", normalized, "activation")

"""1x1 implicit deconvolution: channel whitening, then a trainable 1x1 (Network Deconvolution, ICLR 2020)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model import distributed

SAMPLES = 1024
ITERATIONS = 20
DAMPING = 0.01
"""Of a fit to results, beside whitened inputs: directions in which these hardly vary take no large weights."""

FIRST_GAIN = 5e-4
"""Deviation of the results at first, of whitened inputs. At 0.01 and more the latents begin with what random filters of
the adder branch make of the picture, which costs bits to code and steps to unlearn."""


def inverse_square_root(matrix: Tensor, iterations: int = ITERATIONS) -> Tensor:
    """matrix^(-1/2) of a symmetric positive definite [C, C] by the coupled Newton-Schulz iteration."""
    identity = torch.eye(matrix.shape[0], dtype=matrix.dtype, device=matrix.device)
    norm = matrix.norm()
    y, z = matrix / norm, identity
    for _ in range(iterations):
        step = 1.5 * identity - 0.5 * z @ y
        y, z = y @ step, step @ z
    result: Tensor = z / norm.sqrt()
    return result


class ImplicitDeconvolution(nn.Module):
    """out = weight @ whitening @ (x - mean) + bias at every position; [B, C, H, W] -> [B, O, H, W].

    Mean, covariance and its inverse square root are running averages, in training as well: no gradient passes
    through them, and what is trained is exactly what `fold` returns. In evaluation mode they stand still, and a
    trainer should have them do so early (`TrainingPlan.whitening_share`). The trainable 1x1 starts near zero, so that
    the adder branch before it enters as a residual.
    """

    mean: Tensor
    covariance: Tensor
    whitening: Tensor
    updates: Tensor

    def __init__(self, inputs: int, outputs: int, epsilon: float = 1e-3, every: int = 8) -> None:
        super().__init__()
        self.epsilon, self.every = epsilon, every
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * FIRST_GAIN / inputs**0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("covariance", torch.eye(inputs))
        self.register_buffer("whitening", torch.eye(inputs))
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))
        self.calls = 0  # in training; decides when statistics are taken, so a resumed run needs it

    @torch.no_grad()
    def update(self, image: Tensor) -> None:
        """Takes a subsample of the positions of image [B, C, H, W], and of those of other processes, into the running
        statistics."""
        positions = _positions(image)
        samples = positions[:: max(1, distributed.size() * positions.shape[0] // SAMPLES)].double()
        sums = distributed.sum_over_processes(torch.cat([samples.sum(0), samples.new_tensor([samples.shape[0]])]))
        mean, total = sums[:-1] / sums[-1], sums[-1]
        centred = samples - mean
        covariance = distributed.sum_over_processes(centred.t() @ centred) / total
        count = int(self.updates.add_(1))
        rate = max(1.0 / count, 0.02)
        offset = mean - self.mean.double()
        # the spread of the batch means is part of the variance over the whole set
        covariance += (1 - rate) * torch.outer(offset, offset) if count > 1 else 0
        self.mean.lerp_(mean.to(self.mean), rate)
        self.covariance.lerp_(covariance.to(self.covariance), rate)
        self._whiten()

    def _whiten(self) -> None:
        damped = self.covariance.double()
        damped.diagonal().add_(self.epsilon * damped.diagonal().mean() + 1e-12)
        self.whitening.copy_(inverse_square_root(damped))

    @torch.no_grad()
    def fit(self, image: Tensor, results: Tensor) -> None:
        """Takes the statistics of image [B, C, H, W], and the weights by which it makes the most like `results`
        [B, O, H, W] of it (damped least squares)."""
        x, y = _positions(image).double(), _positions(results).double()
        self.mean.copy_(x.mean(0))
        centred = x - self.mean.double()
        self.covariance.copy_(centred.t() @ centred / len(x))
        self._whiten()
        white = centred @ self.whitening.double()
        gram = white.t() @ white / len(x)
        gram.diagonal().add_(DAMPING)
        self.bias.copy_(y.mean(0))
        self.weight.copy_(torch.linalg.solve(gram, white.t() @ (y - y.mean(0)) / len(x)).t())

    def fold(self) -> tuple[Tensor, Tensor]:
        """Weight [O, C] and bias [O] of the one 1x1 convolution that equals this layer at inference.

        In float64: their rounding to a grid must not depend on the order of a product's sums.
        """
        weight = self.weight.double() @ self.whitening.double()
        return weight, self.bias.double() - weight @ self.mean.double()

    def folded(self, image: Tensor) -> Tensor:
        """What the layer makes of an image at inference, in float64; no statistics are taken."""
        weight, bias = self.fold()
        return functional.linear(image.permute(0, 2, 3, 1).double(), weight, bias).permute(0, 3, 1, 2)

    def forward(self, image: Tensor) -> Tensor:
        if self.training:
            if self.calls % self.every == 0 or self.calls < 2 * self.every:
                self.update(image)
            self.calls += 1
        # the mean leaves first: the adder's sums are large and nearly equal, folding it would cost float32 digits; a
        # product of matrices, because whitening cannot bear the 19 bits that convolutions may have on CUDA
        centred = image.permute(0, 2, 3, 1) - self.mean
        return functional.linear(centred, self.weight @ self.whitening, self.bias).permute(0, 3, 1, 2)


def _positions(image: Tensor) -> Tensor:
    """[B, C, H, W] -> [B H W, C]."""
    return image.permute(0, 2, 3, 1).reshape(-1, image.shape[1])


def deconvolutions_of(module: nn.Module) -> list[ImplicitDeconvolution]:
    """All implicit deconvolutions of a network, in its order."""
    return [part for part in module.modules() if isinstance(part, ImplicitDeconvolution)]

"""How latents are distributed: the Laplace and the Gauss distribution that fit them best, and their bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from scipy import stats

from evaluation.drawing import figure_files, plain_axes, shown
from evaluation.tables import write_csv, write_json
from host.steps import SYMBOL_HIGH, SYMBOL_LOW

LATENTS = "latents.json"

DISTRIBUTIONS: dict[str, Any] = {"laplace": stats.laplace, "gaussian": stats.norm}
"""Of scipy, which fits them by maximum likelihood."""

TITLES = {"laplace": "Laplace", "gaussian": "Gauss"}
COLOURS = {"laplace": "#D55E00", "gaussian": "#0072B2"}

Values = npt.NDArray[np.float64]

CODED_VALUES = SYMBOL_HIGH - SYMBOL_LOW + 1

SMALLEST_MASS = 2.0**-20
"""What a coder gives each of its values at least: without it one outlier would cost more than all others together."""

REACH = 6.0
"""How many deviations the picture shows to each side."""

DRAWN_PANELS = 3


@dataclass(frozen=True)
class ChannelFit:
    """One channel: its real latents' deviation, entropy of the rounded ones, bits per latent by each distribution.

    The bits are cross-entropies of the rounded latents under the distribution that fits the real ones, in bins of width
    1; what they exceed the entropy by is the Kullback-Leibler divergence. `density_*` are mean log2 densities of real
    latents.
    """

    channel: int
    mean: float
    deviation: float
    entropy: float
    bits_laplace: float
    bits_gaussian: float
    density_laplace: float
    density_gaussian: float


def fit_channels(latents: Values) -> list[ChannelFit]:
    """The fits of real latents (channels, values), the most active channel first; channels that never vary left out."""
    order = np.argsort(-latents.std(axis=1), kind="stable")
    return [_fit(int(channel), latents[channel]) for channel in order if np.ptp(latents[channel]) > 0]


def _fit(channel: int, values: Values) -> ChannelFit:
    rounded, counts = np.unique(np.rint(values).clip(SYMBOL_LOW, SYMBOL_HIGH), return_counts=True)
    shares = counts / counts.sum()
    fitted = {name: distribution(*distribution.fit(values)) for name, distribution in DISTRIBUTIONS.items()}
    bits = {
        f"bits_{name}": float(-(shares * np.log2(_masses(distribution, rounded))).sum())
        for name, distribution in fitted.items()
    }
    densities = {
        f"density_{name}": float(distribution.logpdf(values).mean() / np.log(2))
        for name, distribution in fitted.items()
    }
    entropy = float(-(shares * np.log2(shares)).sum())
    return ChannelFit(channel, float(values.mean()), float(values.std()), entropy, **bits, **densities)


def _masses(distribution: Any, values: Values) -> Values:
    """What a distribution gives bins of width 1, by the smaller tail: differences near 1 would lose their digits."""
    sides = np.sign(values - distribution.mean())
    outer = np.where(sides > 0, distribution.sf(values - 0.5), distribution.cdf(values + 0.5))
    inner = np.where(sides > 0, distribution.sf(values + 0.5), distribution.cdf(values - 0.5))
    return (1 - CODED_VALUES * SMALLEST_MASS) * (outer - inner) + SMALLEST_MASS


def means(fits: Sequence[ChannelFit]) -> dict[str, float]:
    """Mean over channels of entropy, bits and divergences [bits per latent]; channels have equally many latents."""
    entropy, laplace, gaussian = (
        float(np.mean([getattr(fit, name) for fit in fits])) for name in ("entropy", "bits_laplace", "bits_gaussian")
    )
    return {
        "entropy": entropy,
        "bits_laplace": laplace,
        "bits_gaussian": gaussian,
        "divergence_laplace": laplace - entropy,
        "divergence_gaussian": gaussian - entropy,
        "density_laplace": float(np.mean([fit.density_laplace for fit in fits])),
        "density_gaussian": float(np.mean([fit.density_gaussian for fit in fits])),
    }


def write_latents(latents: Values, fits: Sequence[ChannelFit], active: int, title: str, folder: Path) -> None:
    """Writes latents.json, latents.csv and latents.png and .svg; the picture pools the `active` first channels."""
    content = {"format": 1, "means": means(fits), "means_active": means(fits[:active]), "active": active}
    write_json(folder / LATENTS, {"title": title, **content, "channels": [asdict(fit) for fit in fits]})
    write_csv(folder / "latents.csv", [asdict(fit) for fit in fits])
    pooled = np.concatenate([(latents[fit.channel] - fit.mean) / fit.deviation for fit in fits[:active]])
    with figure_files(folder, "latents", 10.5, 6.6) as (figure, _):
        grid = figure.add_gridspec(2, DRAWN_PANELS, height_ratios=(3, 2))
        wide, logarithmic = figure.add_subplot(grid[0, :2]), figure.add_subplot(grid[0, 2])
        for axes in (wide, logarithmic):
            _histogram(axes, pooled, np.linspace(-REACH, REACH, 121))
            axes.set_xlabel("(latent - mean) / deviation")
        wide.set_title(f"{shown(title)}: the {min(active, len(fits))} most active channels", loc="left", fontsize=10)
        wide.set_ylabel("density")
        wide.legend(frameon=False)
        logarithmic.set_yscale("log")
        logarithmic.set_ylim(1e-4, 3)
        for index, fit in enumerate(fits[:DRAWN_PANELS]):
            _channel(figure.add_subplot(grid[1, index]), latents[fit.channel], fit)


def _channel(axes: Axes, values: Values, fit: ChannelFit) -> None:
    """One channel, latent minus mean, in bins of width 1: as it is coded."""
    reach = np.ceil(REACH * fit.deviation / 2) + 0.5
    _histogram(axes, values - fit.mean, np.arange(-reach, reach + 1, max(1.0, reach // 40)))
    bits = f"Laplace {fit.bits_laplace:.2f}, Gauss {fit.bits_gaussian:.2f}, entropy {fit.entropy:.2f} bits"
    axes.set_title(bits, loc="left", fontsize=9)
    axes.set_xlabel(f"channel {fit.channel}: latent - mean")


def _histogram(axes: Axes, values: Values, edges: Values) -> None:
    """The density of values, and of the distributions that fit them."""
    counts, _ = np.histogram(values, edges)
    axes.stairs(counts / (values.size * np.diff(edges)), edges, fill=True, color="#c8c8c8", label="latents")
    places = np.linspace(edges[0], edges[-1], 600)
    for name, distribution in DISTRIBUTIONS.items():
        density = distribution(*distribution.fit(values)).pdf(places)
        axes.plot(places, density, color=COLOURS[name], linewidth=1.5, label=f"{TITLES[name]}, fitted")
    plain_axes(axes)

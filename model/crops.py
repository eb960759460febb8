"""Training batches: random crops of photographs, some drawn; each a function of seed and position alone."""

import math
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from model import distributed
from model.data import Bytes
from model.synthetic import synthetic_crop

AHEAD = 4
RESCALED_SHARE = 0.75
SYNTHETIC_SHARE = 0.05


@dataclass(frozen=True)
class Augmentation:
    """crop: side of the result. Three of four crops change their size by a factor between both scales, drawn evenly by
    its logarithm: pictures of cameras are smoother than those that were made small."""

    crop: int = 128
    smallest_scale: float = 0.5
    largest_scale: float = 2.0

    def __post_init__(self) -> None:
        if self.crop < 16:
            raise ValueError(f"crop must be at least 16, not {self.crop!r}")
        if not 0.1 <= self.smallest_scale <= 1:
            raise ValueError(f"smallest_scale must be between 0.1 and 1, not {self.smallest_scale!r}")
        if not 1 <= self.largest_scale <= 8:
            raise ValueError(f"largest_scale must be between 1 and 8, not {self.largest_scale!r}")


def random_crop(picture: Bytes, augmentation: Augmentation, generator: np.random.Generator) -> Bytes:
    """A crop [side, side, 3] of a picture at least that large; rescaled at random, flipped, turned by quarters."""
    side = augmentation.crop
    if generator.random() < RESCALED_SHARE:
        logs = math.log(augmentation.smallest_scale), math.log(augmentation.largest_scale)
        side = min(round(side / math.exp(generator.uniform(*logs))), *picture.shape[:2])
    top = int(generator.integers(picture.shape[0] - side + 1))
    left = int(generator.integers(picture.shape[1] - side + 1))
    crop = picture[top : top + side, left : left + side]
    if side != augmentation.crop:
        image = Image.fromarray(np.ascontiguousarray(crop))
        size = (augmentation.crop, augmentation.crop)
        crop = np.asarray(image.resize(size, Image.Resampling.BICUBIC))  # Pillow's filter widens: no aliasing
    if generator.random() < 0.5:
        crop = crop[:, ::-1]
    turned: Bytes = np.rot90(crop, int(generator.integers(4)))
    return turned


class Batches:
    """The batch of every step; each pass visits every picture once, in an order of its own.

    synthetic_share: of the crops that are drawn and not cut (model.synthetic); chance chooses them, so that they come
    at every place of a batch, and the picture whose turn it was is passed over. Other crops do not depend on it.
    A batch depends on pictures, seed, share and step only: a resumed run needs no other state, and several processes
    each cut their own part of one common batch.
    """

    def __init__(
        self,
        pictures: list[Bytes],
        batch: int,
        augmentation: Augmentation,
        seed: int,
        synthetic_share: float = SYNTHETIC_SHARE,
    ) -> None:
        """Raises ValueError where the batch cannot be shared out evenly, a picture is smaller than a crop, or the share
        is none."""
        processes = distributed.size()
        if batch < 1 or batch % processes:
            raise ValueError(f"batch must be a positive multiple of the {processes} processes, not {batch!r}")
        smallest = min((min(picture.shape[:2]) for picture in pictures), default=0)
        if smallest < augmentation.crop:
            raise ValueError(f"crop must be at most the smallest side {smallest} of the set, not {augmentation.crop!r}")
        if not 0 <= synthetic_share <= 1:
            raise ValueError(f"synthetic_share must be between 0 and 1, not {synthetic_share!r}")
        self.pictures, self.batch, self.augmentation, self.seed = pictures, batch, augmentation, seed
        self.synthetic_share = synthetic_share
        share = batch // processes
        self.own = range(distributed.rank() * share, (distributed.rank() + 1) * share)
        self._orders: dict[int, list[int]] = {}

    def _picture(self, position: int) -> Bytes:
        lap, place = divmod(position, len(self.pictures))
        if lap not in self._orders:
            order = np.random.default_rng((self.seed, lap)).permutation(len(self.pictures)).tolist()
            self._orders = {**{k: v for k, v in self._orders.items() if k >= lap - 1}, lap: order}
        return self.pictures[self._orders[lap][place]]

    def at(self, step: int) -> Tensor:
        """This process's part of the batch of `step`, uint8 [B, 3, crop, crop], channels last in memory."""
        crops = [self._crop(step * self.batch + place) for place in self.own]
        return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)

    def _crop(self, position: int) -> Bytes:
        generator = np.random.default_rng((self.seed, 1, position))
        if generator.random() < self.synthetic_share:
            return synthetic_crop(self.augmentation.crop, generator)
        return random_crop(self._picture(position), self.augmentation, generator)

    def stream(self, start: int = 0) -> Iterator[Tensor]:
        """The batches from step `start` on, without end, cut in a thread a few steps ahead."""
        with ThreadPoolExecutor(1) as pool:
            waiting: deque[Future[Tensor]] = deque(pool.submit(self.at, start + ahead) for ahead in range(AHEAD))
            step = start + AHEAD
            while True:
                waiting.append(pool.submit(self.at, step))
                step += 1
                yield waiting.popleft().result()

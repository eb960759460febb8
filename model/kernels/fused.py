"""Triton kernels of the adder layer for CUDA: float32, no patch matrix; both sum in a fixed order.

A program holds a block of sums in registers and reads one tap of both operands at a time, so that two loads serve a
whole block of differences. Positions run along the lanes: maps that lie in memory as [B, C, H, W] are read coalesced.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators, allow-untyped-calls

import contextlib

import torch
import triton
import triton.language as tl
from torch import Tensor


def _configurations(*blocks: tuple[int, int, int]) -> list[triton.Config]:
    """(first block, second block, warps); the interpreter cannot time, so it gets one."""
    found = [triton.Config({"FIRST": first, "SECOND": second}, num_warps=warps) for first, second, warps in blocks]
    return found[:1] if triton.knobs.runtime.interpret else found


# small blocks where large ones were too few to fill a card
BLOCKS = ((16, 128, 1), (16, 64, 1), (8, 128, 1), (16, 256, 2), (32, 64, 1), (8, 64, 1), (8, 32, 1))
CLIPPED_BLOCKS = ((16, 64, 1), (8, 128, 1), (16, 128, 1), (16, 128, 2), (8, 64, 1), (8, 32, 1))


@triton.autotune(_configurations(*BLOCKS), key=["C", "O", "positions"])
@triton.jit
def _distances(
    x, w, y, x_b, x_h, x_w, x_c, positions, H, W, C, O, ROWS, COLUMNS,  # noqa: E741
    K: tl.constexpr, S: tl.constexpr, PADDING: tl.constexpr, FIRST: tl.constexpr, SECOND: tl.constexpr,
):  # fmt: skip
    """y [B, O, rows, columns] = -sum abs(x - w); w [K, K, C, O]; blocks of FIRST outputs and SECOND positions."""
    p = tl.program_id(0) * SECOND + tl.arange(0, SECOND)
    o = tl.program_id(1) * FIRST + tl.arange(0, FIRST)
    b, i, j = p // (ROWS * COLUMNS), p // COLUMNS % ROWS, p % COLUMNS
    sums = tl.full((FIRST, SECOND), 0.0, tl.float32)
    for tap in range(K * K):
        row, column = i * S + tap // K - PADDING, j * S + tap % K - PADDING
        inside = (p < positions) & (row >= 0) & (row < H) & (column >= 0) & (column < W)
        x_end, w_end = tl.where(inside, C, 0), tl.where(o < O, C, 0)
        x_at = x + b.to(tl.int64) * x_b + row * x_h + column * x_w
        w_at = w + tap * C * O + o
        for start in range(0, C, 4):
            for offset in tl.static_range(4):
                c = start + offset
                value = tl.load(x_at + c * x_c, mask=c < x_end, other=0.0)
                weight = tl.load(w_at + c * O, mask=c < w_end, other=0.0)
                sums += tl.abs(value[None, :] - weight[:, None])
    place = (b.to(tl.int64) * O * ROWS * COLUMNS + p % (ROWS * COLUMNS))[None, :] + o[:, None] * (ROWS * COLUMNS)
    tl.store(y + place, -sums, mask=(o < O)[:, None] & (p < positions)[None, :])


@triton.autotune(_configurations(*CLIPPED_BLOCKS), key=["C", "O", "pixels"])
@triton.jit
def _clipped(
    g, x, w, out, g_b, g_h, g_w, g_o, x_b, x_h, x_w, x_c, pixels, H, W, C, O, ROWS, COLUMNS, HIGH, WIDE,  # noqa: E741
    K: tl.constexpr, S: tl.constexpr, PADDING: tl.constexpr, FIRST: tl.constexpr, SECOND: tl.constexpr,
):  # fmt: skip
    """out [B, C, H, W] = sum g * clip(w - x, -1, 1); blocks of FIRST channels and SECOND pixels of one phase.

    Pixels whose coordinates leave the same remainders by S (HIGH x WIDE of them in a picture) meet the same taps.
    """
    q = tl.program_id(0) * SECOND + tl.arange(0, SECOND)
    c = tl.program_id(1) * FIRST + tl.arange(0, FIRST)
    phase_row, phase_column = tl.program_id(2) // S, tl.program_id(2) % S
    b, row, column = q // (HIGH * WIDE), q // WIDE % HIGH * S + phase_row, q % WIDE * S + phase_column
    inside = (q < pixels) & (row < H) & (column < W)
    both = (c < C)[:, None] & inside[None, :]
    x_at = x + (b.to(tl.int64) * x_b + row * x_h + column * x_w)[None, :] + c[:, None] * x_c
    values = tl.load(x_at, mask=both, other=0.0)
    sums = tl.full((FIRST, SECOND), 0.0, tl.float32)
    for u in range((phase_row + PADDING) % S, K, S):
        i = (row + PADDING - u) // S
        for v in range((phase_column + PADDING) % S, K, S):
            j = (column + PADDING - v) // S
            met = inside & (row + PADDING >= u) & (i < ROWS) & (column + PADDING >= v) & (j < COLUMNS)
            g_end, w_end = tl.where(met, O, 0), tl.where(c < C, O, 0)
            g_at = g + b.to(tl.int64) * g_b + i * g_h + j * g_w
            w_at = w + (u * K + v) * C + c
            for start in range(0, O, 4):
                for offset in tl.static_range(4):
                    o = start + offset
                    upstream = tl.load(g_at + o * g_o, mask=o < g_end, other=0.0)
                    weight = tl.load(w_at + o * (K * K * C), mask=o < w_end, other=0.0)
                    difference = weight[:, None] - values
                    sums += upstream[None, :] * tl.clamp(difference, -1.0, 1.0)  # one instruction on recent cards
    place = (b.to(tl.int64) * C * H * W + row * W + column)[None, :] + c[:, None] * (H * W)
    tl.store(out + place, sums, mask=both)


def _device(tensor: Tensor) -> contextlib.AbstractContextManager[object]:
    return torch.cuda.device(tensor.device) if tensor.is_cuda else contextlib.nullcontext()


def _sides(image: Tensor, kernel: int, stride: int, padding: int) -> tuple[int, int]:
    rows, columns = ((side + 2 * padding - kernel) // stride + 1 for side in image.shape[1:3])
    return rows, columns


def _planes(maps: Tensor) -> Tensor:
    """Maps [B, H, W, C] that lie in memory as [B, C, H, W]."""
    return maps.permute(0, 3, 1, 2).contiguous().permute(0, 2, 3, 1)


def forward(image: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """See `dispatch.forward`."""
    image = _planes(image)
    (batch, height, width, channels), (outputs, kernel) = image.shape, weight.shape[:2]
    rows, columns = _sides(image, kernel, stride, padding)
    result = image.new_empty(batch, outputs, rows, columns)
    positions = batch * rows * columns
    sizes = positions, height, width, channels, outputs, rows, columns

    def grid(block: dict[str, int]) -> tuple[int, int]:
        return triton.cdiv(positions, block["SECOND"]), triton.cdiv(outputs, block["FIRST"])

    with _device(image):
        _distances[grid](
            image,
            weight.permute(1, 2, 3, 0).contiguous(),
            result,
            *image.stride(),
            *sizes,
            K=kernel,
            S=stride,
            PADDING=padding,
        )
    return result.permute(0, 2, 3, 1)


def _by_image(gradient: Tensor, image: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    (batch, height, width, channels), (outputs, kernel) = image.shape, weight.shape[:2]
    result = image.new_empty(batch, channels, height, width)
    phase = triton.cdiv(height, stride), triton.cdiv(width, stride)
    pixels = batch * phase[0] * phase[1]
    sizes = pixels, height, width, channels, outputs, *gradient.shape[1:3], *phase

    def grid(block: dict[str, int]) -> tuple[int, int, int]:
        return triton.cdiv(pixels, block["SECOND"]), triton.cdiv(channels, block["FIRST"]), stride * stride

    strides = *gradient.stride(), *image.stride()
    _clipped[grid](gradient, image, weight, result, *strides, *sizes, K=kernel, S=stride, PADDING=padding)
    return result.permute(0, 2, 3, 1)


def _by_weight(gradient: Tensor, image: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """Sums of g * (x - w): those of g * x are the gradient of a convolution, which the library computes."""
    maps = gradient.permute(0, 3, 1, 2), image.permute(0, 3, 1, 2), weight.permute(0, 3, 1, 2)
    geometry = [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1
    _, products, _ = torch.ops.aten.convolution_backward(*maps, None, *geometry, [False, True, False])
    return products.permute(0, 2, 3, 1) - gradient.sum((0, 1, 2)).view(-1, 1, 1, 1) * weight


def gradients(
    gradient: Tensor, image: Tensor, weight: Tensor, stride: int, padding: int, image_needed: bool
) -> tuple[Tensor | None, Tensor]:
    """See `dispatch.gradients`."""
    gradient, image, filters = _planes(gradient), _planes(image), weight.contiguous()
    with _device(image):
        by_weight = _by_weight(gradient, image, filters, stride, padding)
        by_image = _by_image(gradient, image, filters, stride, padding) if image_needed else None
    return by_image, by_weight

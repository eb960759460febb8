"""The adder layer's loops, compiled by numba: float32 vectors in registers, no patch matrix.

The innermost loops ("tiles") are emitted as LLVM vector code, because no loop that LLVM vectorizes by itself keeps a
block of sums in registers. Arrays are addresses, whole numbers like any other argument. All that is compiled lies in
this file, since numba's cache looks only at the date of the file that it compiles.
"""

# mypy: allow-untyped-calls, allow-untyped-decorators

import enum
import functools
from collections.abc import Callable
from typing import Any, cast

import llvmlite.binding
import numba
from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.np.numpy_support import carray
from numba.np.unsafe import ndarray

Values = list[ir.Value]
intrinsic: Any = extending.intrinsic
to_fixed_tuple: Any = ndarray.to_fixed_tuple

ADDRESSES, SIZES = 4, 9
PLAN = 4 + ADDRESSES + SIZES
"""Numbers of a plan: ticket (0), chunks, items, task, the addresses of the task's arrays, the sizes of the layer."""

LANES = 16 if llvmlite.binding.get_host_cpu_features().get("avx512f") else 8
TILE = 8
"""Rows of a tile: as many vectors of sums as stay in registers beside their operands."""

VECTOR = ir.VectorType(ir.FloatType(), LANES)
FAST = ("fast",)


class _Emitter:
    """Emits a tile: `rows` vector sums in registers over a loop of `count` steps."""

    def __init__(self, builder: Any, arguments: Values) -> None:
        addresses, self.numbers = (cgutils.unpack_tuple(builder, argument) for argument in arguments)
        self.builder = builder
        self.pointers = [builder.inttoptr(address, ir.FloatType().as_pointer()) for address in addresses]

    def at(self, start: ir.Value, index: ir.Value, step: ir.Value | int = 1) -> ir.Value:
        """start + index * step."""
        factor = ir.Constant(index.type, step) if isinstance(step, int) else step
        return self.builder.add(start, self.builder.mul(index, factor))

    def address(self, pointer: ir.Value, index: ir.Value) -> ir.Value:
        element = self.builder.gep(pointer, [index], source_etype=ir.FloatType())
        return self.builder.bitcast(element, VECTOR.as_pointer())

    def load(self, pointer: ir.Value, index: ir.Value) -> ir.Value:
        return self.builder.load(self.address(pointer, index), align=4, typ=VECTOR)

    def splat(self, pointer: ir.Value, index: ir.Value) -> ir.Value:
        """One number in all lanes."""
        element = self.builder.gep(pointer, [index], source_etype=ir.FloatType())
        return self.spread(self.builder.load(element, typ=ir.FloatType()))

    def spread(self, number: ir.Value) -> ir.Value:
        undefined = ir.Constant(VECTOR, ir.Undefined)
        lane = self.builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return self.builder.shuffle_vector(lane, undefined, mask)

    def clip(self, value: ir.Value) -> ir.Value:
        for bound, comparison in ((-1.0, ">"), (1.0, "<")):
            limit = ir.Constant(VECTOR, [bound] * LANES)
            inside = self.builder.fcmp_ordered(comparison, value, limit, flags=FAST)
            value = self.builder.select(inside, value, limit)
        return value

    def add_product(self, total: ir.Value, a: ir.Value, b: ir.Value) -> ir.Value:
        return self.builder.fadd(total, self.builder.fmul(a, b, flags=FAST), flags=FAST)

    def loop(self, count: ir.Value, rows: int, step: Callable[[ir.Value, Values], Values]) -> Values:
        """The sums after step(index, sums) for every index below count, from zero."""
        zero = ir.Constant(VECTOR, [0.0] * LANES)
        sums = [cgutils.alloca_once(self.builder, VECTOR) for _ in range(rows)]  # LLVM makes registers of them
        for total in sums:
            self.builder.store(zero, total)
        with cgutils.for_range(self.builder, count) as loop:
            results = step(loop.index, [self.builder.load(total) for total in sums])
            for total, result in zip(sums, results, strict=True):
                self.builder.store(result, total)
        return [self.builder.load(total) for total in sums]

    def accumulate(self, pointer: ir.Value, index: ir.Value, total: ir.Value, sign: int) -> None:
        old = self.load(pointer, index)
        new = self.builder.fadd(old, total) if sign > 0 else self.builder.fsub(old, total)
        self.builder.store(new, self.address(pointer, index), align=4)

    def rows(self, start: ir.Value, step: ir.Value, count: int) -> Values:
        """start, start + step, ..."""
        return [self.at(start, ir.Constant(start.type, row), step) for row in range(count)]


def _tile(emit: Callable[[_Emitter, int], None], rows: int) -> Any:
    """The numba function tile(addresses of float32 arrays, numbers), both in the order that `emit` takes them."""

    def typing(context: Any, addresses: Any, numbers: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Values) -> Any:
            emit(_Emitter(builder, arguments), rows)
            return context.get_dummy_value()

        integers = (types.UniTuple(types.intp, len(values)) for values in (addresses, numbers))
        return types.void(*integers), generate

    return intrinsic(typing)


def _distances(emitter: _Emitter, rows: int) -> None:
    """y[r] -= sum_t abs(x[r, t] - w[t]), y and w vectors over outputs."""
    (x, w, y), (count, x_start, x_step, w_start, y_start, y_step) = emitter.pointers, emitter.numbers
    builder = emitter.builder
    x_rows = emitter.rows(x_start, x_step, rows)
    kind = ir.FunctionType(VECTOR, [VECTOR])
    absolute = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fabs.v{LANES}f32")

    def step(index: ir.Value, sums: Values) -> Values:
        filters = emitter.load(w, emitter.at(w_start, index, LANES))
        differences = (builder.fsub(filters, emitter.splat(x, builder.add(start, index))) for start in x_rows)
        pairs = zip(sums, differences, strict=True)
        return [builder.fadd(total, builder.call(absolute, [value]), flags=FAST) for total, value in pairs]

    totals = emitter.loop(count, rows, step)
    for start, total in zip(emitter.rows(y_start, y_step, rows), totals, strict=True):
        emitter.accumulate(y, start, total, -1)


def _clipped(emitter: _Emitter, rows: int) -> None:
    """out[r] += sum_o g[r, o] * clip(w[o] - x[r], -1, 1), out, w and x vectors over channels."""
    (g, x, w, out), (count, g_start, g_step, x_start, x_step, w_start) = emitter.pointers, emitter.numbers
    builder = emitter.builder
    x_rows, g_rows = emitter.rows(x_start, x_step, rows), emitter.rows(g_start, g_step, rows)
    inputs = [emitter.load(x, start) for start in x_rows]

    def step(index: ir.Value, sums: Values) -> Values:
        filters = emitter.load(w, emitter.at(w_start, index, LANES))
        results = []
        for total, start, value in zip(sums, g_rows, inputs, strict=True):
            upstream = emitter.splat(g, builder.add(start, index))
            clipped = emitter.clip(builder.fsub(filters, value))
            results.append(emitter.add_product(total, upstream, clipped))
        return results

    for start, total in zip(x_rows, emitter.loop(count, rows, step), strict=True):
        emitter.accumulate(out, start, total, 1)


def _products(emitter: _Emitter, rows: int) -> None:
    """out[r] += sum_p g[p, r] * x[p], out and x vectors over channels."""
    (g, x, out), (count, g_start, g_step, x_start, x_step, out_start, out_step) = emitter.pointers, emitter.numbers

    def step(index: ir.Value, sums: Values) -> Values:
        inputs = emitter.load(x, emitter.at(x_start, index, x_step))
        upstream = emitter.at(g_start, index, g_step)
        starts = emitter.rows(upstream, ir.Constant(upstream.type, 1), rows)
        pairs = zip(sums, starts, strict=True)
        return [emitter.add_product(total, emitter.splat(g, start), inputs) for total, start in pairs]

    totals = emitter.loop(count, rows, step)
    for start, total in zip(emitter.rows(out_start, out_step, rows), totals, strict=True):
        emitter.accumulate(out, start, total, 1)


distances_tile, distances_row = _tile(_distances, TILE), _tile(_distances, 1)
clipped_tile, clipped_row = _tile(_clipped, TILE), _tile(_clipped, 1)
products_tile = _tile(_products, TILE)


@numba.njit(cache=True)
def _forward_lines(x: Any, w: Any, y: Any, sizes: Any, first: int, last: int) -> None:
    """Output lines first..last of all pictures: x [B, H, W, C], w [O / L, k, k * C, L], y [B, rows, columns, O]."""
    _, height, width, channels, outputs, kernel, stride, rows, columns = sizes
    taps = kernel * channels
    for block in range(outputs // LANES):
        for u in range(kernel):
            w_start = (block * kernel + u) * taps * LANES
            for line in range(first, last):
                x_start = (line // rows * height + line % rows * stride + u) * width * channels
                y_start = line * columns * outputs + block * LANES
                for j in range(0, columns - TILE + 1, TILE):
                    at = x_start + j * stride * channels
                    numbers = (taps, at, stride * channels, w_start, y_start + j * outputs, outputs)
                    distances_tile((x, w, y), numbers)
                for j in range(columns // TILE * TILE, columns):
                    at = x_start + j * stride * channels
                    distances_row((x, w, y), (taps, at, 0, w_start, y_start + j * outputs, 0))


@numba.njit(cache=True)
def _image_blocks(g: Any, x: Any, w: Any, out: Any, sizes: Any, first: int, last: int) -> None:
    """Gradient by x of blocks (picture, L channels): g [B, rows, columns, O], w [C / L, k, k, O, L], out as x."""
    _, height, width, channels, outputs, kernel, stride, rows, columns = sizes
    blocks = channels // LANES
    for item in range(first, last):
        picture, block = item // blocks, item % blocks
        for tap in range(kernel * kernel):
            u, v = tap // kernel, tap % kernel
            w_start = (block * kernel * kernel + tap) * outputs * LANES
            for i in range(rows):
                x_start = ((picture * height + i * stride + u) * width + v) * channels + block * LANES
                g_start = (picture * rows + i) * columns * outputs
                for j in range(0, columns - TILE + 1, TILE):
                    at, upstream = x_start + j * stride * channels, g_start + j * outputs
                    clipped_tile((g, x, w, out), (outputs, upstream, outputs, at, stride * channels, w_start))
                for j in range(columns // TILE * TILE, columns):
                    at, upstream = x_start + j * stride * channels, g_start + j * outputs
                    clipped_row((g, x, w, out), (outputs, upstream, 0, at, 0, w_start))


@numba.njit(cache=True)
def _weight_blocks(g: Any, x: Any, out: Any, sizes: Any, first: int, last: int) -> None:
    """sum over positions of g * x for blocks (TILE outputs, kernel row): out [O, k, k, C]."""
    pictures, height, width, channels, outputs, kernel, stride, rows, columns = sizes
    for item in range(first, last):
        o, u = item // kernel * TILE, item % kernel
        for v in range(kernel):
            for c in range(0, channels, LANES):
                out_start = ((o * kernel + u) * kernel + v) * channels + c
                for line in range(pictures * rows):
                    x_start = ((line // rows * height + line % rows * stride + u) * width + v) * channels + c
                    g_start = line * columns * outputs + o
                    numbers = (columns, g_start, outputs, x_start, stride * channels, out_start)
                    products_tile((g, x, out), (*numbers, kernel * kernel * channels))


class Task(enum.IntEnum):
    """The loop that a plan shares out."""

    FORWARD = 0
    IMAGE = 1
    WEIGHT = 2


@intrinsic
def _ticket(typing: Any, plan: Any) -> Any:
    """Counts up the first number of a plan, one thread at a time; the number before."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Values) -> Any:
        return builder.atomic_rmw("add", arguments[0], ir.Constant(ir.IntType(64), 1), "monotonic")

    return types.int64(plan), generate


@numba.njit(cache=True)
def _run(task: Any, addresses: Any, sizes: Any, first: int, last: int) -> None:
    a, b, c, d = addresses
    if task == Task.FORWARD:
        _forward_lines(a, b, c, sizes, first, last)
    elif task == Task.IMAGE:
        _image_blocks(a, b, c, d, sizes, first, last)
    else:
        _weight_blocks(a, b, c, sizes, first, last)


def _work(plan: Any) -> None:
    numbers = carray(plan, PLAN)
    chunks, items, task = numbers[1], numbers[2], numbers[3]
    addresses, sizes = to_fixed_tuple(numbers[4:], ADDRESSES), to_fixed_tuple(numbers[4 + ADDRESSES :], SIZES)
    chunk = _ticket(plan)
    while chunk < chunks:
        _run(task, addresses, sizes, chunk * items // chunks, (chunk + 1) * items // chunks)
        chunk = _ticket(plan)


@functools.cache
def worker() -> int:
    """The address of a C function that takes chunks of a plan until none is left; compiled at the first call."""
    compiled = numba.cfunc(types.void(types.CPointer(types.int64)), cache=True)(_work)
    return cast(int, compiled.address)

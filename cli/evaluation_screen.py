"""What `sapm evaluate` shows: rates and qualities, BD-rates, losses, skipped files."""

from __future__ import annotations

from collections.abc import Container, Sequence

from rich.table import Table

from cli.console import console
from cli.grid import grid
from evaluation import METRICS, RESULTS, Curve, Evaluation, LeftOut, RateComparison
from evaluation.losses import Loss
from evaluation.speeds import Speed
from sapm.wording import count

SKIPPED_SHOWN = 5


def show(evaluation: Evaluation, shown: Sequence[Curve]) -> None:
    """The summary on the screen; `shown` are the curves that codecs are compared with."""
    codecs = [curve for curve in shown if curve.kind == "codec"]
    console.print(_points_table(codecs))
    for codec in codecs:
        references = [curve.name for curve in shown]
        rows = [row for row in evaluation.comparisons if row.codec == codec.name and row.reference in references]
        reasons = {row.reason for row in rows}
        if len(reasons) == 1 and "" not in reasons:
            console.print(f"no BD-rate: {reasons.pop()}")
        elif rows:
            console.print(_comparison_table(codec.name, rows))
    if evaluation.speeds:
        console.print(_speed_table(evaluation.speeds))
    _show_left_out(evaluation.left_out, {curve.name for curve in shown})
    if evaluation.losses:
        console.print(_loss_table(evaluation.losses))
    if evaluation.skipped:
        _show_skipped(list(evaluation.skipped.values()))


def _show_left_out(lines: Sequence[LeftOut], names: Container[str]) -> None:
    for line in lines:
        if line.curve in names:
            console.print(str(line), style="yellow", highlight=False, markup=False, soft_wrap=True)


def _show_skipped(reasons: Sequence[str]) -> None:
    rest = len(reasons) - SKIPPED_SHOWN
    lines = [*reasons[:SKIPPED_SHOWN], *([f"and {rest} more, see {RESULTS}"] if rest > 0 else [])]
    text = f"{count(len(reasons), 'file')} skipped:\n  " + "\n  ".join(lines)
    console.print(text, style="yellow")


def _points_table(curves: Sequence[Curve]) -> Table:
    title = "mean over pictures; bits of real files unless a name says estimated"
    columns = "codec", "setting", "bpp", "PSNR dB", "of mean MSE", "MS-SSIM", "MS-SSIM dB"
    table = grid(*columns, title=title, words=2)
    for curve in curves:
        for point in curve.points:
            similar = "-" if point.ms_ssim is None else f"{point.ms_ssim:.4f}"
            table.add_row(
                curve.name,
                point.setting,
                f"{point.bits_per_pixel:.4f}",
                _decibels(point.psnr),
                _decibels(point.psnr_of_mse),
                similar,
                _decibels(point.ms_ssim_decibels),
            )
    return table


def _speed_table(rows: Sequence[Speed]) -> Table:
    """The range over all settings of each curve."""
    title = "processor time on one thread, seconds for a megapixel, by setting"
    table = grid("curve", "encoding", "decoding", title=title)
    for curve in dict.fromkeys(row.curve for row in rows):
        own = [row for row in rows if row.curve == curve]
        encoding = [row.encode_seconds_per_megapixel for row in own]
        decoding = [row.decode_seconds_per_megapixel for row in own]
        table.add_row(curve, *(f"{min(times):.3f} to {max(times):.3f}" for times in (encoding, decoding)))
    return table


def _decibels(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _comparison_table(codec: str, rows: Sequence[RateComparison]) -> Table:
    """BD-rates of one codec, or the reason why there is none."""
    table = grid("BD-rate against", *(metric.name for metric in METRICS), title=codec)
    by_reference: dict[str, dict[str, RateComparison]] = {}
    for row in rows:
        by_reference.setdefault(row.reference, {})[row.metric] = row
    for reference, of_metric in by_reference.items():
        table.add_row(reference, *(_cell(of_metric.get(metric.name)) for metric in METRICS))
    return table


def _cell(row: RateComparison | None) -> str:
    if row is None:
        return "-"
    if row.percent is None:
        return row.reason
    return f"{row.percent:+.1f} % ({row.low:.1f} to {row.high:.1f} dB)"


def _loss_table(losses: Sequence[Loss]) -> Table:
    title = f"lambda * MSE + bpp at equal lambda, against {losses[0].reference}"
    columns = "codec", "setting", "lambda", "steps", "loss", "difference", "pictures with less"
    table = grid(*columns, title=title, words=2)
    for row in losses:
        is_itself = (row.curve, row.setting) == (row.reference, row.reference_setting)
        steps = f"{row.steps}" + (f" after {row.start_steps}" if row.start_steps else "")
        difference = ("", "") if is_itself else (f"{row.percent:+.2f} %", f"{row.better} of {row.pictures}")
        cells = f"{row.rate_weight:g}", steps, f"{row.loss:.4f}", *difference
        table.add_row(row.curve, row.setting, *cells)
    return table

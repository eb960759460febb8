"""What a report tells of an evaluation: curves, BD-rates, points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports import Fact, Headline, Plot, PlotCurve, Story, TextTable

METRICS = {
    "psnr": ("PSNR (RGB), mean of the pictures", "PSNR [dB]"),
    "ms_ssim_decibels": ("MS-SSIM (RGB)", "MS-SSIM [dB]"),
    "psnr_of_mse": ("PSNR of the mean squared error (RGB)", "PSNR [dB]"),
}
"""Fields of points, what they are and the label of their axis."""

BD_METRICS = {"psnr": "PSNR", "psnr_of_mse": "PSNR of the mean squared error", "ms_ssim": "MS-SSIM"}


def story(results: Mapping[str, Any], commands: Sequence[str]) -> Story:
    """The report of results.json."""
    drawn = set(results["drawn"])
    curves = [curve for curve in results["curves"] if curve["name"] in drawn or curve["kind"] != "published"]
    codecs = [curve for curve in curves if curve["kind"] == "codec"]
    pictures = results["pictures"]
    count = f"{len(pictures)} picture{'' if len(pictures) == 1 else 's'}"
    names = ", ".join(picture["name"] for picture in pictures[:6]) + (", ..." if len(pictures) > 6 else "")
    skipped = [f"{row['name']} was skipped: {row['reason']}" for row in results["skipped"]]
    return Story(
        "Evaluation",
        f"{', '.join(curve['name'] for curve in codecs) or 'codecs'} on {count}",
        _verdict(results, codecs, f"Mean over {count}: {names}. Bits of real files unless a name says estimated."),
        facts=[fact for curve in codecs[:3] for fact in _range(curve)],
        plots=[plot for plot in (_plot(field, curves) for field in METRICS) if plot.curves],
        tables=[*_bd_rates(results, codecs, {curve["name"] for curve in curves}), _points(curves)],
        commands=commands,
        notes=skipped,
    )


def _verdict(results: Mapping[str, Any], codecs: Sequence[Mapping[str, Any]], detail: str) -> Headline:
    """How the first codec does beside the first other that it can be compared with."""
    for row in results["bd_rate"]:
        is_first = codecs and row["codec"] == codecs[0]["name"]
        if is_first and row["metric"] == "psnr" and row["percent"] is not None and row["reference"] != row["codec"]:
            less = "fewer" if row["percent"] < 0 else "more"
            said = f"{row['codec']} takes {abs(row['percent']):.1f} % {less} bits than {row['reference']} at equal PSNR"
            return Headline(said, detail, row["percent"] < 0 or None)
    reasons = _reasons(row for row in results["bd_rate"] if codecs and row["codec"] == codecs[0]["name"])
    points = [point for codec in codecs[:1] for point in codec["points"] if point["psnr"] is not None]
    if not points:
        return Headline("Rate and distortion", f"{detail}{reasons}")
    said = "{bits_per_pixel:.2f} bits per pixel at {psnr:.1f} dB"
    ends = dict.fromkeys(said.format(**point) for point in (points[0], points[-1]))
    return Headline(f"{codecs[0]['name']}: {' to '.join(ends)}", f"{detail}{reasons}")


def _reasons(rows: Iterable[Mapping[str, Any]]) -> str:
    """Why there are no BD-rates, each reason once."""
    found = dict.fromkeys(row["reason"] for row in rows if row["percent"] is None and row["reason"])
    return f" No BD-rate: {'; '.join(found)}." if found else ""


def _range(curve: Mapping[str, Any]) -> list[Fact]:
    """From where to where a codec goes."""
    points = [point for point in curve["points"] if point["psnr"] is not None]
    if not points:
        return []
    low, high = points[0], points[-1]
    return [
        Fact(f"{curve['name']}, bits", f"{low['bits_per_pixel']:.2f} to {high['bits_per_pixel']:.2f}", "per pixel"),
        Fact(f"{curve['name']}, PSNR", f"{low['psnr']:.1f} to {high['psnr']:.1f}", "dB"),
    ]


def _plot(field: str, curves: Sequence[Mapping[str, Any]]) -> Plot:
    found = []
    for curve in curves:
        points = [(p["bits_per_pixel"], p[field], p["setting"]) for p in curve["points"] if p[field] is not None]
        if points:
            found.append(PlotCurve(curve["name"], points, curve["kind"] == "codec"))
    return Plot(METRICS[field][0], "bits per pixel", METRICS[field][1], found)


def _bd_rates(results: Mapping[str, Any], codecs: Sequence[Mapping[str, Any]], references: set[str]) -> list[TextTable]:
    tables = []
    for codec in codecs:
        rows: dict[str, dict[str, str]] = {}
        others = references - {codec["name"]}
        chosen = [row for row in results["bd_rate"] if row["codec"] == codec["name"] and row["reference"] in others]
        for row in chosen:
            said = "none" if row["percent"] is None else f"{row['percent']:+.1f} %"
            rows.setdefault(row["reference"], {})[row["metric"]] = said
        if any(row["percent"] is not None for row in chosen):
            cells = [(name, *(of.get(metric, "") for metric in BD_METRICS)) for name, of in rows.items()]
            text = (
                "BD-rate: how many more bits, at equal quality, over the qualities that both have. Less is better."
                f"{_reasons(chosen)}"
            )
            columns = ("beside", *BD_METRICS.values())
            tables.append(TextTable(f"Bits of {codec['name']} beside others", columns, cells, text))
    return tables


def _points(curves: Sequence[Mapping[str, Any]]) -> TextTable:
    rows = [
        (
            curve["name"],
            point["setting"],
            f"{point['bits_per_pixel']:.4f}",
            *("" if point[field] is None else f"{point[field]:.{places}f}" for field, places in DECIMALS.items()),
        )
        for curve in curves
        for point in curve["points"]
    ]
    columns = ("codec", "setting", "bits per pixel", "PSNR [dB]", "PSNR of mean MSE [dB]", "MS-SSIM", "MS-SSIM [dB]")
    return TextTable("Every point", columns, rows, words=2)


DECIMALS = {"psnr": 2, "psnr_of_mse": 2, "ms_ssim": 4, "ms_ssim_decibels": 2}
"""Of the fields of a point, as they are shown."""

"""Rate and distortion of codecs on a folder of pictures, beside classical and published codecs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation import (
    METRICS,
    RESULTS,
    Coder,
    Curve,
    Evaluation,
    IntegerCodec,
    PictureFolder,
    compare,
    connect,
    find_anchors,
    measure_all,
    measured_curves,
    plot,
    read_published,
    write_tables,
)
from evaluation.anchors import ANCHORS, DEFAULT_ANCHORS
from evaluation.journal import Journal
from evaluation.losses import compare_losses
from evaluation.settings import DEFAULT_QUALITIES, rate_weight_of_setting
from host import HostCodec
from host.effort import check_effort
from ops.cores import usable_cores
from ops.files import whole_folder
from sapm.bundle import export_bundle
from sapm.codecs import folder_of, load_codec
from sapm.reporting import PAGE, leave_report

if TYPE_CHECKING:
    from evaluation.float_codec import FloatCodec

KIND = "evaluation"

DRAWN = ("bpg_444_x265_ycbcr", "vtm", "paper-bmshj2018-factorized")
"""Published curves that are drawn and shown where the folder has them; tables have all."""


def evaluate(
    pictures: str | Path,
    codecs: Mapping[str, str | Path] | Iterable[str | Path] = ("base",),
    *,
    qualities: Sequence[float] = DEFAULT_QUALITIES,
    efforts: Sequence[int] = (0,),
    anchors: Sequence[str] = DEFAULT_ANCHORS,
    curves: str | Path | None = None,
    workers: int | None = None,
) -> Evaluation:
    """Bits per pixel, PSNR and MS-SSIM of codecs on a folder of pictures, real files all, and BD-rates against others.

    `codecs` are codecs as `open_codec` takes them, or such by the name of their curve; `anchors` classical codecs
    (`evaluation.anchors.ANCHORS`), `curves` a folder of published ones. `workers` processes share the work (None: one a
    core). Raises ValueError for what there is not.
    """
    named = codecs if isinstance(codecs, Mapping) else {Path(codec).name: codec for codec in codecs}
    hosts = {name: load_codec(folder_of(codec)) for name, codec in named.items()}
    coders: list[Coder] = [*integer_codecs(hosts, qualities, efforts), *find_anchors(anchors)]
    published = [] if curves is None else read_published(Path(curves))
    return measure(Subject(coders, PictureFolder(Path(pictures)), published), workers=workers)


def integer_codecs(
    hosts: Mapping[str, HostCodec], qualities: Sequence[float], efforts: Sequence[int]
) -> list[IntegerCodec]:
    """Codecs, each with every effort. Raises ValueError for efforts that there are not."""
    for effort in efforts:
        check_effort(effort)
    return [IntegerCodec(name, host, tuple(qualities), effort) for name, host in hosts.items() for effort in efforts]


def exported(checkpoint: Path) -> HostCodec:
    """The integer codec of a quantized checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        return export_bundle(checkpoint, Path(folder) / "codec").host


@dataclass(frozen=True)
class Subject:
    """What is measured, beside what is known. Raises ValueError where two points or curves could not be told apart."""

    coders: Sequence[Coder]
    photographs: PictureFolder
    published: Sequence[Curve] = ()
    in_floats: Sequence[FloatCodec] = ()
    """Those of the coders that are float codecs, whose losses are compared."""
    reference: str = ""
    """The curve with which they are."""

    def __post_init__(self) -> None:
        points = [(coder.curve, setting) for coder in self.coders for setting in coder.settings]
        for curve, setting in points:
            if points.count((curve, setting)) > 1:
                raise ValueError(f"{curve} must have different codecs, not {setting!r} twice: name one with NAME=")
        taken = {anchor.curve for anchor in ANCHORS.values()} | {curve.name for curve in self.published}
        for coder in self.coders:
            if coder.kind == "codec" and coder.curve in taken:
                raise ValueError(f"a codec must have a name of its own, not {coder.curve!r}: another curve has it")

    @property
    def steps(self) -> int:
        """How many pictures there are to be coded."""
        return len(self.photographs) * len(self.coders)


def measure(
    subject: Subject,
    scheduler: str | None = None,
    workers: int | None = None,
    advance: Callable[[int], None] = lambda _: None,
    journal: Journal | None = None,
) -> Evaluation:
    """Codes all pictures with all coders, in processes of this machine or at the address of a dask scheduler.

    What a `journal` has of an evaluation that broke off is taken from there.
    """
    with connect(scheduler, workers or usable_cores()) as client:
        rows = measure_all(client, subject.coders, subject.photographs, advance, journal)
    curves = [*measured_curves(subject.coders, rows), *subject.published]
    records = {
        (coder.curve, setting): {**coder.record, "rate_weight": rate_weight_of_setting(setting)}
        for coder in subject.in_floats
        for setting in coder.settings
    }
    losses = compare_losses(records, rows, subject.reference) if len(subject.in_floats) > 1 else []
    return Evaluation(curves, compare(curves), rows, subject.photographs.skipped, losses)


def write_evaluation(
    evaluation: Evaluation, shown: Sequence[Curve], title: str, folder: Path, force: bool = False
) -> list[str]:
    """Writes tables of all and plots of the shown curves, whole or not at all; the names of the files."""
    with whole_folder(folder, KIND, force) as part:
        write_tables(evaluation, part, [curve.name for curve in shown])
        leave_report(part)
        plots = [path for metric in METRICS for path in plot(shown, metric, title, part)]
        return [RESULTS, PAGE, *sorted(path.name for path in part.glob("*.csv")), *(path.name for path in plots)]


def drawn_curves(published: Sequence[Curve], names: Sequence[str] | None) -> list[Curve]:
    """The published curves to draw. Raises ValueError for a name that none has."""
    found = {curve.name: curve for curve in published}
    for name in names or ():
        if name not in found:
            raise ValueError(
                f"--draw must name a published curve ({', '.join(found) or 'there is none'}), not {name!r}"
            )
    return [found[name] for name in names or DRAWN if name in found]

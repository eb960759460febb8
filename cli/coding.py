"""`sapm encode` and `decode`: pictures to files and back in software, several at once; no torch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Force, MaxPixels, Workers
from cli.batch import Done, run_jobs, share_cores
from cli.limits import Limited
from cli.marks import ENCODED, decoded, marked
from cli.streams import READ_NAME, STREAM, read_input, shown, write_output
from cli.targets import FilesOutput, Job, plan_jobs
from host import HostCodec, PictureSize
from host.bitstream import model_hash_of
from host.limits import MAX_PIXELS
from host.picture_formats import FORMATS, PNG, PictureFormat, format_of, to_file
from host.pictures import Photograph, Picture, open_photograph, read_photograph
from host.sections import metadata_in, with_metadata
from ops import IntegerArray
from recordings.recording import load_recording
from sapm.codecs import CodecEntry, Codecs
from sapm.rate import Rate, code


def encode(
    pictures: Annotated[
        list[Path],
        typer.Argument(metavar="PICTURE...", help="photographs: PNG, JPEG, WebP, ...; folders of them; - for stdin"),
    ],
    output: FilesOutput,
    quality: Annotated[float | None, typer.Option(help="1 to 100; default: 50")] = None,
    effort: Annotated[int, typer.Option(help="0 to 9: more time for fewer bits at the same quality")] = 0,
    target_bpp: Annotated[float | None, typer.Option(help="the quality nearest to so many bits per pixel")] = None,
    target_psnr: Annotated[float | None, typer.Option(help="the quality nearest to so many dB")] = None,
    codec: Annotated[
        str | None, typer.Option(metavar="CODEC", help="a shipped codec's name or a codec folder; default: base")
    ] = None,
    latents: Annotated[
        Path | None, typer.Option(help="recording whose latents to pack instead of computing them")
    ] = None,
    keep_metadata: Annotated[bool, typer.Option("--keep-metadata", help="carry EXIF and XMP in the file")] = False,
    workers: Workers = None,
    force: Force = False,
    max_pixels: MaxPixels = MAX_PIXELS,
) -> None:
    """Compress photographs into OUTPUT: a file that ends in .sapm, a folder, or - for the standard output.

    Of folders all pictures are taken, and keep their places. Those that would get one name keep their suffixes.
    """
    jobs = plan_jobs(pictures, output, ENCODED, force)
    processes, threads = share_cores(len(jobs), workers)
    rate = Rate.choose(quality, target_bpp, target_psnr, effort)
    if latents is not None and len(jobs) > 1:
        raise ValueError(f"--latents are those of one picture: give it with one picture, not {len(jobs)}")
    entry = Codecs.choose([codec] if codec else None, threads).entries[0]
    work = Limited(partial(_encode, entry, threads, rate, latents, keep_metadata), max_pixels)
    raise typer.Exit(run_jobs(work, jobs, processes, "encoding"))


def _encode(entry: CodecEntry, threads: int, rate: Rate, latents: Path | None, keep_metadata: bool, job: Job) -> Done:
    photograph, host = _photograph(job.source), entry.load(threads)
    picture = photograph.picture
    coded = code(host, picture, rate, None if latents is None else _recorded(host, picture, latents))
    data = with_metadata(coded.data, photograph.metadata) if keep_metadata else coded.data
    write_output(job.target, data)
    bits_per_pixel = 8 * len(data) / picture[0].size
    size = {"height": picture.shape[1], "width": picture.shape[2], "bytes": len(data), "bpp": bits_per_pixel}
    beside = f", {len(data) - len(coded.data)} bytes of them metadata" if len(data) > len(coded.data) else ""
    said = f"{shown(job.target)}: {len(data)} bytes, {bits_per_pixel:.3f} bpp{beside}{coded.comment}"
    return Done(said, coded.warning, size)


def _photograph(source: Path) -> Photograph:
    return open_photograph(READ_NAME, read_input(source)) if source == STREAM else read_photograph(source)


def _recorded(host: HostCodec, picture: Picture, latents: Path) -> IntegerArray:
    name, size = host.analysis.output_name, PictureSize(*picture.shape[1:])
    recorded = load_recording(latents, only=name, shapes={name: host.latents_shape(size)})
    if name not in recorded:
        raise ValueError(f"{latents} must hold the tensor {name!r}, and does not")
    return recorded[name].values


def decode(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="files made by `sapm encode`; folders of them; - for stdin"),
    ],
    output: FilesOutput,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", help=f"{', '.join(FORMATS)}; default: as OUTPUT ends, or png; jpeg alone loses, at quality 95"
        ),
    ] = None,
    codec: Annotated[
        list[str] | None,
        typer.Option(metavar="CODEC", help="codec folder instead of the shipped codecs; repeatable"),
    ] = None,
    workers: Workers = None,
    force: Force = False,
    max_pixels: MaxPixels = MAX_PIXELS,
) -> None:
    """Decompress files into OUTPUT: a picture, a folder of pictures, or - for the standard output.

    Each file names the codec it needs. Metadata that it carries are kept.
    """
    if form is not None and form not in FORMATS:
        raise ValueError(f"--format must be one of {', '.join(FORMATS)}, not {form!r}")
    asked = FORMATS[form] if form else None
    jobs = plan_jobs(files, output, decoded(asked), force)
    processes, threads = share_cores(len(jobs), workers)
    codecs = Codecs.choose(codec, threads)
    work = Limited(partial(_decode, codecs, threads, asked), max_pixels)
    raise typer.Exit(run_jobs(work, jobs, processes, "decoding"))


def _decode(codecs: Codecs, threads: int, asked: PictureFormat | None, job: Job) -> Done:
    data, form = read_input(job.source), asked or format_of(job.target.suffix) or PNG
    try:
        picture = codecs.of_model(model_hash_of(data)).load(threads).decode(data)
        metadata, odd = metadata_in(data)
        content, left_out = to_file(picture, form, metadata)
    except ValueError as error:
        raise ValueError(f"{READ_NAME if job.source == STREAM else job.source.name}: {error}") from error
    write_output(job.target, marked(content, form))
    size = {"height": picture.shape[1], "width": picture.shape[2]}
    notes = "; ".join(f"{shown(job.target)}: {note}" for note in (*odd, *left_out))
    return Done(f"{shown(job.target)}: {picture.shape[2]}x{picture.shape[1]}", notes, size)

"""`sapm encode` and `decode`: pictures to files and back in software, several at once; no torch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Force, MaxPixels, Workers
from cli.batch import Done, run_jobs, share_cores
from cli.limits import Limited
from cli.marks import DECODED, ENCODED, marked
from cli.targets import FilesOutput, Job, plan_jobs
from host import HostCodec, PictureSize, read_picture
from host.bitstream import model_hash_of
from host.limits import MAX_PIXELS
from host.pictures import Picture, to_png
from ops import IntegerArray
from ops.files import write_whole
from ops.reading import read_regular
from rtl_sim.recording import load_recording
from sapm.codecs import CodecEntry, Codecs
from sapm.rate import Rate, code


def encode(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="photographs: PNG, JPEG, WebP, ...")],
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
    workers: Workers = None,
    force: Force = False,
    max_pixels: MaxPixels = MAX_PIXELS,
) -> None:
    """Compress photographs into OUTPUT: a file that ends in .sapm, or a folder."""
    jobs = plan_jobs(pictures, output, ENCODED, force)
    processes, threads = share_cores(len(jobs), workers)
    rate = Rate.choose(quality, target_bpp, target_psnr, effort)
    if latents is not None and len(pictures) > 1:
        raise ValueError(f"--latents are those of one picture: give it with one picture, not {len(pictures)}")
    entry = Codecs.choose([codec] if codec else None, threads).entries[0]
    work = Limited(partial(_encode, entry, threads, rate, latents), max_pixels)
    raise typer.Exit(run_jobs(work, jobs, processes, "encoding"))


def _encode(entry: CodecEntry, threads: int, rate: Rate, latents: Path | None, job: Job) -> Done:
    picture, host = read_picture(job.source), entry.load(threads)
    coded = code(host, picture, rate, None if latents is None else _recorded(host, picture, latents))
    write_whole(job.target, coded.data)
    bits_per_pixel = 8 * len(coded.data) / picture[0].size
    size = {"height": picture.shape[1], "width": picture.shape[2], "bytes": len(coded.data), "bpp": bits_per_pixel}
    said = f"{job.target}: {len(coded.data)} bytes, {bits_per_pixel:.3f} bpp{coded.comment}"
    return Done(said, coded.warning, size)


def _recorded(host: HostCodec, picture: Picture, latents: Path) -> IntegerArray:
    name, size = host.analysis.output_name, PictureSize(*picture.shape[1:])
    recorded = load_recording(latents, only=name, shapes={name: host.latents_shape(size)})
    if name not in recorded:
        raise ValueError(f"{latents} must hold the tensor {name!r}, and does not")
    return recorded[name].values


def decode(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="files made by `sapm encode`")],
    output: FilesOutput,
    codec: Annotated[
        list[str] | None,
        typer.Option(metavar="CODEC", help="codec folder instead of the shipped codecs; repeatable"),
    ] = None,
    workers: Workers = None,
    force: Force = False,
    max_pixels: MaxPixels = MAX_PIXELS,
) -> None:
    """Decompress files into OUTPUT: a file that ends in .png, or a folder. Each file names the codec it needs."""
    jobs = plan_jobs(files, output, DECODED, force)
    processes, threads = share_cores(len(jobs), workers)
    codecs = Codecs.choose(codec, threads)
    work = Limited(partial(_decode, codecs, threads), max_pixels)
    raise typer.Exit(run_jobs(work, jobs, processes, "decoding"))


def _decode(codecs: Codecs, threads: int, job: Job) -> Done:
    data = read_regular(job.source)
    try:
        picture = codecs.of_model(model_hash_of(data)).load(threads).decode(data)
    except ValueError as error:
        raise ValueError(f"{job.source.name}: {error}") from error
    write_whole(job.target, marked(to_png(picture)))
    size = {"height": picture.shape[1], "width": picture.shape[2]}
    return Done(f"{job.target}: {picture.shape[2]}x{picture.shape[1]}", result=size)

"""`sapm encode` and `decode`: pictures to files and back in software, several at once; no torch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import MaxPixels, Output
from cli.batch import Done, Job, plan_jobs, run_jobs, share_cores
from cli.codecs import Codecs
from cli.limits import Limited
from cli.rate import Rate, code
from host import HostCodec, PictureSize, read_picture, write_picture
from host.bitstream import model_hash_of
from host.limits import MAX_PIXELS
from ops.files import write_whole
from ops.reading import read_regular
from rtl_sim.recording import load_recording

CodecFolders = Annotated[
    list[Path] | None,
    typer.Option("--codec", metavar="FOLDER", help="codec folder instead of the shipped ones; repeatable, by rate"),
]
Workers = Annotated[int | None, typer.Option(help="processes; default: one a core", min=1)]


def encode(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="photographs: PNG, JPEG, WebP, ...")],
    output: Output,
    codec: CodecFolders = None,
    quality: Annotated[
        int | None, typer.Option(help="which codec, 1 for the lowest rate; default: the middle one")
    ] = None,
    target_bpp: Annotated[float | None, typer.Option(help="the codec nearest to so many bits per pixel")] = None,
    target_psnr: Annotated[float | None, typer.Option(help="the codec nearest to so many dB")] = None,
    latents: Annotated[
        Path | None, typer.Option(help="recording whose latents to pack instead of computing them")
    ] = None,
    workers: Workers = None,
    max_pixels: MaxPixels = MAX_PIXELS,
) -> None:
    """Compress photographs into OUTPUT: a file that ends in .sapm, or a folder."""
    jobs = plan_jobs(pictures, output, ".sapm")
    processes, threads = share_cores(len(jobs), workers)
    rate = Rate.choose(Codecs.choose(codec, threads), threads, quality, target_bpp, target_psnr)
    if latents is not None and (len(pictures) > 1 or rate.has_target):
        raise ValueError("--latents are those of one picture and one codec: give it without others and without target")
    if not run_jobs(Limited(partial(_encode, rate, latents), max_pixels), jobs, processes, "encoding"):
        raise typer.Exit(1)


def _encode(rate: Rate, latents: Path | None, job: Job) -> Done:
    picture = read_picture(job.source)
    if latents is None:
        coded, comment, warning = code(picture, rate)
    else:
        coded, comment, warning = _pack(rate.entries[0].load(), latents, PictureSize(*picture.shape[1:])), "", ""
    write_whole(job.target, coded)
    bits_per_pixel = 8 * len(coded) / picture[0].size
    return Done(f"{job.target}: {len(coded)} bytes, {bits_per_pixel:.3f} bpp{comment}", warning)


def _pack(host: HostCodec, latents: Path, size: PictureSize) -> bytes:
    name = host.analysis.output_name
    recorded = load_recording(latents, only=name)
    if name not in recorded:
        raise ValueError(f"{latents} must hold the tensor {name!r}, and does not")
    return host.pack(recorded[name].values, size)


def decode(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="files made by `sapm encode`")],
    output: Output,
    codec: CodecFolders = None,
    workers: Workers = None,
    max_pixels: MaxPixels = MAX_PIXELS,
) -> None:
    """Decompress files into OUTPUT: a file that ends in .png, or a folder. Each file names the codec it needs."""
    jobs = plan_jobs(files, output, ".png")
    processes, threads = share_cores(len(jobs), workers)
    codecs = Codecs.choose(codec, threads)
    if not run_jobs(Limited(partial(_decode, codecs, threads), max_pixels), jobs, processes, "decoding"):
        raise typer.Exit(1)


def _decode(codecs: Codecs, threads: int, job: Job) -> Done:
    data = read_regular(job.source)
    try:
        picture = codecs.of_model(model_hash_of(data)).load(threads).decode(data)
    except ValueError as error:
        raise ValueError(f"{job.source.name}: {error}") from error
    write_picture(picture, job.target)
    return Done(f"{job.target}: {picture.shape[2]}x{picture.shape[1]}")

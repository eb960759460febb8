"""`sapm encode` and `decode`: pictures to files and back in software, several at once; no torch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Force
from cli.batch import Done, run_jobs, share_cores
from cli.codecs import Codecs
from cli.marks import DECODED, ENCODED, marked
from cli.rate import Rate, code
from cli.targets import FilesOutput, Job, plan_jobs
from host import HostCodec, PictureSize, read_picture
from host.bitstream import model_hash_of
from host.pictures import to_png
from ops.files import write_whole
from rtl_sim.recording import load_recording

CodecFolders = Annotated[
    list[Path] | None,
    typer.Option("--codec", metavar="FOLDER", help="codec folder instead of the shipped ones; repeatable, by rate"),
]
Workers = Annotated[int | None, typer.Option(help="processes; default: one a core", min=1)]


def encode(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="photographs: PNG, JPEG, WebP, ...")],
    output: FilesOutput,
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
    force: Force = False,
) -> None:
    """Compress photographs into OUTPUT: a file that ends in .sapm, or a folder."""
    jobs = plan_jobs(pictures, output, ENCODED, force)
    processes, threads = share_cores(len(jobs), workers)
    rate = Rate.choose(Codecs.choose(codec, threads), threads, quality, target_bpp, target_psnr)
    if latents is not None and (len(pictures) > 1 or rate.has_target):
        raise ValueError("--latents are those of one picture and one codec: give it without others and without target")
    raise typer.Exit(run_jobs(partial(_encode, rate, latents), jobs, processes, "encoding"))


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
    output: FilesOutput,
    codec: CodecFolders = None,
    workers: Workers = None,
    force: Force = False,
) -> None:
    """Decompress files into OUTPUT: a file that ends in .png, or a folder. Each file names the codec it needs."""
    jobs = plan_jobs(files, output, DECODED, force)
    processes, threads = share_cores(len(jobs), workers)
    codecs = Codecs.choose(codec, threads)
    raise typer.Exit(run_jobs(partial(_decode, codecs, threads), jobs, processes, "decoding"))


def _decode(codecs: Codecs, threads: int, job: Job) -> Done:
    data = job.source.read_bytes()
    try:
        picture = codecs.of_model(model_hash_of(data)).load(threads).decode(data)
    except ValueError as error:
        raise ValueError(f"{job.source.name}: {error}") from error
    write_whole(job.target, marked(to_png(picture)))
    return Done(f"{job.target}: {picture.shape[2]}x{picture.shape[1]}")

"""The host side of the codec: pictures, quality, entropy coding and the compressed file."""

from host.bitstream import BitstreamError
from host.codec import ANALYSIS_FILE, ENTROPY_FILE, STEPS_FILE, SYNTHESIS_FILE, Contents, HostCodec, PictureSize
from host.entropy_model import EntropyModel
from host.metrics import psnr
from host.picture_formats import write_picture
from host.pictures import PictureError, read_picture
from host.steps import LatentSteps

__all__ = [
    "ANALYSIS_FILE",
    "ENTROPY_FILE",
    "STEPS_FILE",
    "SYNTHESIS_FILE",
    "BitstreamError",
    "Contents",
    "EntropyModel",
    "HostCodec",
    "LatentSteps",
    "PictureError",
    "PictureSize",
    "psnr",
    "read_picture",
    "write_picture",
]

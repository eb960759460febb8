"""The host side of the codec: pictures, the entropy model, range coding and the compressed file."""

from host.bitstream import BitstreamError
from host.channel_groups import ChannelGroups
from host.codec import ANALYSIS_FILE, CONTEXT_FILE, SYNTHESIS_FILE, TABLES_FILE, HostCodec, PictureSize
from host.entropy_model import EntropyModel, EntropyModelError
from host.metrics import psnr
from host.pictures import PictureError, read_picture, write_picture

__all__ = [
    "ANALYSIS_FILE",
    "CONTEXT_FILE",
    "SYNTHESIS_FILE",
    "TABLES_FILE",
    "BitstreamError",
    "ChannelGroups",
    "EntropyModel",
    "EntropyModelError",
    "HostCodec",
    "PictureError",
    "PictureSize",
    "psnr",
    "read_picture",
    "write_picture",
]

"""The host side of the codec: pictures, entropy tables, range coding and the compressed file."""

from host.bitstream import BitstreamError
from host.codec import ANALYSIS_FILE, CONTEXT_FILE, SYNTHESIS_FILE, TABLES_FILE, HostCodec, PictureSize
from host.context_model import ContextModel
from host.entropy_model import EntropyModel
from host.metrics import psnr
from host.pictures import PictureError, read_picture, write_picture
from host.tables import EntropyTables, TablesError

__all__ = [
    "ANALYSIS_FILE",
    "CONTEXT_FILE",
    "SYNTHESIS_FILE",
    "TABLES_FILE",
    "BitstreamError",
    "ContextModel",
    "EntropyModel",
    "EntropyTables",
    "HostCodec",
    "PictureError",
    "PictureSize",
    "TablesError",
    "psnr",
    "read_picture",
    "write_picture",
]

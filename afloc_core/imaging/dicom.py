"""DICOM: header checks, decoding, modality LUT, padding, polarity.

Order of the grey-scale pipeline (PS3.4 N.2): stored values, modality LUT, VOI, polarity. Decoding is pydicom's, with
Pillow for JPEG of 8 bits, gdcm for the other JPEG, pyjpegls for JPEG-LS, openjpeg for JPEG 2000 and HTJ2K. Not
honoured: overlays, shutters, supplemental palettes, and Pixel Aspect Ratio without a spacing (pixels are then taken
as square).
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from pydicom import dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import get_frame
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_file_meta_info
from pydicom.pixels import apply_color_lut, pixel_array
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSTransferSyntaxes,
    RLELossless,
    RLETransferSyntaxes,
)

from afloc_core.errors import ImageError
from afloc_core.imaging.admission import check_radiograph
from afloc_core.imaging.codestream import JpegHeader, encoded_size, jpeg_header
from afloc_core.imaging.compose import compose_radiograph
from afloc_core.imaging.elements import integer, numbers, word
from afloc_core.imaging.grey import grey_from_rgb
from afloc_core.imaging.limits import inflate
from afloc_core.imaging.luts import file_windows, modality_values
from afloc_core.imaging.spacing import pixel_spacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph

_PREAMBLE = 128
_MAGIC = b"DICM"
_GREY = ("MONOCHROME1", "MONOCHROME2")
# One decoder for each compression. On damaged data gdcm can end the whole process (a C++ exception that Python never
# sees) and pylibjpeg-rle panics past every ``except Exception``, so gdcm gets only what nothing else decodes.
_DECODERS = (
    (RLETransferSyntaxes, "pydicom"),
    ((JPEGBaseline8Bit, JPEGExtended12Bit), "pillow"),
    (JPEGLSTransferSyntaxes, "pyjpegls"),
    (JPEG2000TransferSyntaxes, "pylibjpeg"),
)
_GDCM_SYNTAXES = (JPEGLossless, JPEGLosslessSV1)
_VIEW = re.compile(r"[A-Z0-9 _]{1,16}")


def read_dicom(stream: BinaryIO) -> Radiograph:
    """Read a projection radiograph from a DICOM file.

    Parameters
    ----------
    stream : binary file
        Positioned at its start; with or without preamble.

    Returns
    -------
    Radiograph
        ``values`` are those after the modality LUT; colour has become grey.

    Raises
    ------
    ImageError
        Not a single projection radiograph, damaged, cut short, beyond the limits, or in an unknown compression.
    """
    dataset = _parse(stream)
    try:
        return _build(dataset, _decode(dataset))
    except ImageError:
        raise
    except MemoryError:
        raise
    except Exception:
        # What a malformed file makes of pydicom and the decoders cannot be listed.
        raise ImageError("This DICOM file's picture cannot be interpreted; export it again.") from None


def _parse(stream: BinaryIO) -> Any:  # noqa: ANN401
    try:
        plain = _inflated(stream)
        # Checked before the pixel data is touched: a forged size must not cost memory.
        check_radiograph(dcmread(plain, stop_before_pixels=True, force=True))
        plain.seek(0)
        dataset = dcmread(plain, force=True)
    except (ImageError, MemoryError):
        raise
    except RecursionError:
        raise ImageError("This DICOM file nests its sequences too deeply; export it again.") from None
    except Exception:
        raise ImageError("This DICOM file's header is damaged or cut short; copy or export it again.") from None
    if "PixelData" not in dataset:
        raise ImageError("This DICOM file holds no pixel data, or is cut short in it; copy or export it again.")
    return dataset


def _inflated(stream: BinaryIO) -> BinaryIO:
    """Return the stream itself, or its content decompressed when the transfer syntax is the deflated one."""
    stream.seek(_PREAMBLE)
    if stream.read(len(_MAGIC)) != _MAGIC:
        stream.seek(0)
    meta = read_dataset(stream, False, True, stop_when=lambda tag, _vr, _length: tag.group != 2)
    if word(meta, "TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        stream.seek(0)
        return stream
    content = inflate(stream.read())
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    plain = BytesIO(b"\0" * _PREAMBLE + _MAGIC)
    plain.seek(0, 2)
    write_file_meta_info(plain, FileMetaDataset(meta), enforce_standard=False)
    plain.write(content)
    plain.seek(0)
    return plain


def _decode(dataset: Any) -> NDArray[Any]:  # noqa: ANN401
    _name_syntax(dataset)
    syntax = dataset.file_meta.TransferSyntaxUID
    plugin = next((name for syntaxes, name in _DECODERS if syntax in syntaxes), "")
    if syntax == JPEGExtended12Bit and integer(dataset, "BitsStored", 8) > 8:
        # pydicom hands no extended JPEG of 12 bits to gdcm, which decodes it as DCMTK does once it is given another
        # JPEG syntax: its decoder goes by the codestream's own header.
        dataset.file_meta.TransferSyntaxUID, plugin = JPEGLossless, "gdcm"
    if syntax.is_encapsulated:
        _check_codestream(dataset)
    try:
        stored: NDArray[Any] = pixel_array(dataset, decoding_plugin=plugin)
    except (NotImplementedError, AttributeError):
        raise ImageError("This DICOM file's compression or pixel format is unknown; export it uncompressed.") from None
    except MemoryError:
        raise
    except Exception:
        raise ImageError("This DICOM file's pixel data is damaged or cut short; copy or export it again.") from None
    if stored.ndim == 2 and (not syntax.is_encapsulated or syntax == RLELossless):
        return _used_bits(stored, dataset)
    return stored


def _name_syntax(dataset: Any) -> None:  # noqa: ANN401
    """Say how a file without a transfer syntax is encoded, as pydicom found when it read it."""
    if dataset.file_meta.get("TransferSyntaxUID"):
        return
    implicit, little_endian = dataset.original_encoding
    explicit = ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit


def _check_codestream(dataset: Any) -> None:  # noqa: ANN401
    """Refuse a compressed picture that unpacks to another size than the one that was checked."""
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    size = encoded_size(frame)
    if size is not None and size != (integer(dataset, "Rows", 0), integer(dataset, "Columns", 0)):
        raise ImageError("This DICOM file's picture has another size than its header says; export it again.")
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax in _GDCM_SYNTAXES and not _safe_for_gdcm(jpeg_header(frame), dataset):
        raise ImageError("This DICOM file's compressed picture is damaged; copy or export it again.")


def _safe_for_gdcm(header: JpegHeader | None, dataset: Any) -> bool:  # noqa: ANN401
    """Tell whether a JPEG's header is whole and fits the file's: on others gdcm writes where it should not."""
    if header is None or not header.sound:
        return False
    allocated = integer(dataset, "BitsAllocated", 0)
    fits = 2 <= header.precision <= 8 if allocated == 8 else 8 < header.precision <= 16
    return fits and header.components == integer(dataset, "SamplesPerPixel", 1)


def _used_bits(stored: NDArray[Any], dataset: Any) -> NDArray[Any]:  # noqa: ANN401
    """Keep the stored bits only: the others may hold an overlay or anything (PS3.5 8.1.1)."""
    allocated = stored.dtype.itemsize * 8
    bits = integer(dataset, "BitsStored", allocated)
    lowest = integer(dataset, "HighBit", bits - 1) + 1 - bits
    if not 0 < bits < allocated or not 0 <= lowest <= allocated - bits:
        return stored
    # To the top and back: the right shift of a signed integer repeats the sign.
    up, down = allocated - bits - lowest, allocated - bits
    kept: NDArray[Any] = np.right_shift(np.left_shift(stored, stored.dtype.type(up)), stored.dtype.type(down))
    return kept


def _build(dataset: Any, stored: NDArray[Any]) -> Radiograph:  # noqa: ANN401
    spacing = pixel_spacing(dataset)
    view = word(dataset, "ViewPosition")
    view = view if _VIEW.fullmatch(view) else ""
    photometric = word(dataset, "PhotometricInterpretation")
    if photometric == "PALETTE COLOR":
        stored = apply_color_lut(stored, dataset)
    if stored.ndim == 3:
        return compose_radiograph(grey_from_rgb(stored), "DICOM", spacing=spacing, view=view)
    if photometric not in _GREY:
        raise ImageError("This DICOM file does not say whether small values are black; export it again.")
    little_endian = bool(dataset.file_meta.TransferSyntaxUID.is_little_endian)
    return compose_radiograph(
        modality_values(stored, dataset, little_endian=little_endian),
        "DICOM",
        inverted=photometric == "MONOCHROME1" or word(dataset, "PresentationLUTShape") == "INVERSE",
        padding=_padding(stored, dataset),
        file_windows=file_windows(dataset, little_endian=little_endian),
        spacing=spacing,
        view=view,
    )


def _padding(stored: NDArray[Any], dataset: Any) -> NDArray[np.bool_] | None:  # noqa: ANN401
    """Return where stored values are padding (PS3.3 C.7.5.1.1.2), or None."""
    value = numbers(dataset, "PixelPaddingValue")
    if not value:
        return None
    limit = numbers(dataset, "PixelPaddingRangeLimit") or value
    low, high = sorted(_as_stored(int(end[0]), stored.dtype) for end in (value, limit))
    return np.asarray((stored >= low) & (stored <= high))


def _as_stored(value: int, dtype: np.dtype[Any]) -> int:
    """Read a padding value with the sign of the pixels: writers confuse US with SS."""
    bits = dtype.itemsize * 8
    wrapped = value % (1 << bits)
    return wrapped - (1 << bits) if dtype.kind == "i" and wrapped >= 1 << (bits - 1) else wrapped

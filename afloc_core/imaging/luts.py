"""The file's own lookup tables and windows (DICOM PS3.3 C.11.1 and C.11.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.imaging.elements import numbers, word, words
from afloc_core.imaging.radiograph import Window
from afloc_core.imaging.voi import exact_window, linear_window, sigmoid_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FUNCTIONS = {"LINEAR_EXACT": exact_window, "SIGMOID": sigmoid_window}


def modality_values(stored: NDArray[Any], dataset: Any, *, little_endian: bool) -> NDArray[Any]:  # noqa: ANN401
    """Return the values that windows refer to.

    Parameters
    ----------
    stored : ndarray of integers, shape (H, W)
        Stored pixel values.
    dataset : pydicom.Dataset
        Gives the Modality LUT Sequence, or Rescale Slope and Intercept.
    little_endian : bool
        Byte order of the data set.

    Returns
    -------
    ndarray, shape (H, W)
        Table entries, or ``stored * slope + intercept`` in float64, or ``stored`` itself.
    """
    for item in _items(dataset, "ModalityLUTSequence"):
        found = _table(item, little_endian)
        if found:
            first, _, entries = found
            return entries[np.clip(stored.astype(np.int64) - first, 0, len(entries) - 1)]
    slope, intercept = numbers(dataset, "RescaleSlope"), numbers(dataset, "RescaleIntercept")
    # A slope of zero would leave one value for the whole film: no modality means that.
    if not slope or not intercept or slope[0] == 0 or (slope[0], intercept[0]) == (1, 0):
        return stored
    return stored.astype(np.float64) * slope[0] + intercept[0]


def file_windows(dataset: Any, *, little_endian: bool) -> tuple[Window, ...]:  # noqa: ANN401
    """Return the file's VOI LUTs, then its windows, in the file's order and under the file's names.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The radiograph's data set.
    little_endian : bool
        Byte order of the data set.

    Returns
    -------
    tuple of Window
        Empty when there is none that makes sense (no width, unreadable numbers). No name occurs twice.
    """
    found = [*_voi_tables(dataset, little_endian), *_voi_windows(dataset)]
    names: list[str] = []
    for window in found:
        taken = sum(name == window.name or name.startswith(f"{window.name} (") for name in names)
        names.append(f"{window.name} ({taken + 1})" if taken else window.name)
    return tuple(replace(window, name=name) for name, window in zip(names, found, strict=True))


def _voi_windows(dataset: Any) -> list[Window]:  # noqa: ANN401
    make = _FUNCTIONS.get(word(dataset, "VOILUTFunction"), linear_window)
    names = words(dataset, "WindowCenterWidthExplanation")
    centers, widths = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    return [
        make(_named(names[index : index + 1], f"File {index + 1}"), center, width)
        for index, (center, width) in enumerate(zip(centers, widths, strict=False))
        if width > 0
    ]


def _voi_tables(dataset: Any, little_endian: bool) -> list[Window]:  # noqa: ANN401
    windows = []
    for index, item in enumerate(_items(dataset, "VOILUTSequence")):
        found = _table(item, little_endian)
        if found and len(found[2]) > 1:
            first, bits, entries = found
            curve = (entries / (2.0**bits - 1)).astype(np.float32)
            name = _named(words(item, "LUTExplanation"), f"File table {index + 1}")
            windows.append(Window(name, float(first), float(first + len(entries) - 1), curve))
    return windows


def _named(explanation: tuple[str, ...], otherwise: str) -> str:
    return (explanation[0] if explanation else "") or otherwise


def _items(dataset: Any, keyword: str) -> list[Any]:  # noqa: ANN401
    return list(dataset.get(keyword) or ())


def _table(item: Any, little_endian: bool) -> tuple[int, int, NDArray[np.unsignedinteger[Any]]] | None:  # noqa: ANN401
    """Return first mapped value, bits per entry and entries of a LUT item.

    Read here and not by pydicom's ``apply_modality_lut`` and ``apply_voi``, which fail on entries of 8 bits packed two
    to a word and on an 8-bit table with more than 256 entries.
    """
    descriptor = numbers(item, "LUTDescriptor")
    data = item.get("LUTData")
    if len(descriptor) != 3 or data is None:
        return None
    count = int(descriptor[0]) % 65536 or 65536
    bits = int(descriptor[2])
    if isinstance(data, bytes):
        packed = bits <= 8 and len(data) < 2 * count
        entries = np.frombuffer(data[: len(data) // 2 * 2], "u1" if packed else ("<u2" if little_endian else ">u2"))
    else:
        entries = np.atleast_1d(np.asarray(data, dtype=np.uint16))
    entries = entries[:count].astype(np.uint16)
    if not len(entries):
        return None
    return int(descriptor[1]), max(bits, int(entries.max()).bit_length(), 1), entries

"""The provenance in a DICOM object: a private element, reserved as PS3.5 7.8.1 asks.

Group 0071, private creator ``AFLOC REVIEW``, element xx02 with value representation UT: the record of
`afloc_core.exporting.provenance` as JSON in ASCII. Element xx01 is the note of `afloc_core.annotations`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from afloc_core.imaging.quiet import quiet_decoders

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CREATOR = "AFLOC REVIEW"
GROUP = 0x0071
_RECORD = 0x02


def put_provenance(dataset: Dataset, text: str) -> None:
    """Put a record into an object."""
    dataset.private_block(GROUP, CREATOR, create=True).add_new(_RECORD, "UT", text)


def read_provenance(content: bytes) -> str:
    """Return the record of an object; empty where there is none."""
    from pydicom import dcmread

    with quiet_decoders():
        dataset = dcmread(io.BytesIO(content), stop_before_pixels=True)
        try:
            return str(dataset.private_block(GROUP, CREATOR)[_RECORD].value)
        except KeyError:
            return ""

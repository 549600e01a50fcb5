"""Telling DICOM identifiers from other names."""

from __future__ import annotations

import re

_UID = re.compile(r"[0-2](\.(0|[1-9][0-9]*)){3,}")
_LONGEST = 64


def uid_or_empty(text: str) -> str:
    """Give the text back if it can be a DICOM unique identifier (PS3.5 section 9.1), otherwise nothing."""
    return text if len(text) <= _LONGEST and _UID.fullmatch(text) else ""

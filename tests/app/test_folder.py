"""Which files of a folder one can step through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.models.folder import openable_files

if TYPE_CHECKING:
    from pathlib import Path


def test_files_named_by_uid_are_recognised_by_their_content(tmp_path: Path) -> None:
    dicom = b"\0" * 128 + b"DICM"
    for name, content in (
        ("1.2.840.113619.2.10", dicom),
        ("1.2.840.113619.2.5", dicom),
        ("1.2.840.113619.2.6", b"no film"),
        ("IM0001", dicom),
        ("notes.txt", dicom),
        ("film.png", b""),
    ):
        (tmp_path / name).write_bytes(content)
    found = [path.name for path in openable_files(tmp_path)]
    assert found == ["1.2.840.113619.2.5", "1.2.840.113619.2.10", "film.png", "IM0001"]

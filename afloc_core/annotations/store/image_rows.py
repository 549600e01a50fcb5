"""Images of a review, and where their files are."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from afloc_core.annotations.marks import MarkedImage
from afloc_core.annotations.store import codec
from afloc_core.annotations.store.schema import images
from afloc_core.annotations.store.values import ReviewImage
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterable


def listed(connection: Connection, folder: Path | None) -> tuple[ReviewImage, ...]:
    """All images in the order of their adding."""
    return tuple(_image(row, folder) for row in connection.execute(select(images).order_by(images.c.id)))


def one(connection: Connection, key: str, folder: Path | None) -> ReviewImage:
    """One image.

    Raises
    ------
    ReviewError
        The review has no such image.
    """
    row = connection.execute(select(images).where(images.c.key == key)).one_or_none()
    if row is None:
        raise ReviewError("The image is not part of this review; add it first.")
    return _image(row, folder)


def add(connection: Connection, added: Iterable[ReviewImage], folder: Path | None) -> tuple[int, int]:
    """Add images, and fill in what the review did not know of those it has.

    Returns
    -------
    new, filled : int
        How many images were new, and how many were known but had something to fill in.

    Raises
    ------
    ReviewError
        An image has the key of another one: the DICOM UID or the size differs. Nothing is to be committed then.
    """
    known = {row.key: row._asdict() for row in connection.execute(select(images))}
    new: dict[str, dict[str, Any]] = {}
    filled: dict[int, dict[str, Any]] = {}
    for place, image in enumerate(added):
        columns = _columns(image, folder)
        old = known.get(image.key) or new.get(image.key)
        if old is None:
            new[image.key] = columns
            continue
        merged = _merge(old, columns, place)
        if "id" not in old:
            new[image.key] = merged
        elif merged != old:
            known[image.key] = filled[old["id"]] = merged
    if new:
        connection.execute(insert(images), list(new.values()))
    if filled:
        rows = [{"row": values.pop("id"), **values} for values in filled.values()]
        names = [column.name for column in images.columns if column.name != "id"]
        statement = update(images).where(images.c.id == bindparam("row"))
        connection.execute(statement.values({name: bindparam(name) for name in names}), rows)
    return len(new), len(filled)


def kept_path(file: Path | None, folder: Path | None) -> str:
    """Write a file's place: relative where it lies below the review's folder or beside that, else absolute.

    What is moved together then stays together, and a review that is moved alone still finds films kept far from it.
    """
    if file is None:
        return ""
    absolute = Path(os.path.abspath(file))  # noqa: PTH100  (a link is kept as the reader named it)
    if folder is None or not absolute.is_relative_to(folder.parent) or folder.parent == folder:
        return absolute.as_posix()
    return Path(os.path.relpath(absolute, folder)).as_posix()


def found_path(kept: str, folder: Path | None) -> Path | None:
    """Read a file's place, absolute; None where none is kept."""
    if not kept:
        return None
    if folder is None or PurePosixPath(kept).is_absolute() or Path(kept).is_absolute():
        return Path(kept)
    return Path(os.path.normpath(folder / kept))


def _merge(old: dict[str, Any], new: dict[str, Any], place: int) -> dict[str, Any]:
    for what, names in (("DICOM UID", ("uid",)), ("size", ("height", "width"))):
        pairs = [(old[name], new[name]) for name in names]
        if any(a and b and a != b for a, b in pairs):
            raise ReviewError(
                f"images[{place}] has the key of another image of the review but another {what}; give it its own key."
            )
    filled = {name: old.get(name) or value for name, value in new.items()}
    latest = {name: new[name] or old[name] for name in ("file", "digest")}
    extra = codec.to_json({**codec.from_json(new["extra"]), **codec.from_json(old["extra"])})
    return {**old, **filled, **latest, "extra": extra}


def _columns(entry: ReviewImage, folder: Path | None) -> dict[str, Any]:
    image = entry.image
    height, width = image.size or (None, None)
    return {
        "key": codec.plain_text(image.key),
        "path": codec.plain_text(image.path),
        "uid": codec.plain_text(image.uid),
        "height": None if height is None else int(height),
        "width": None if width is None else int(width),
        "extra": codec.to_json(image.extra),
        "file": codec.plain_text(kept_path(entry.file, folder)),
        "digest": codec.plain_text(entry.digest),
    }


def _image(row: Row[*tuple[Any, ...]], folder: Path | None) -> ReviewImage:
    size = None if row.height is None or row.width is None else (row.height, row.width)
    return ReviewImage(
        MarkedImage(row.key, row.path, row.uid, size, codec.from_json(row.extra)),
        found_path(row.file, folder),
        row.digest,
    )

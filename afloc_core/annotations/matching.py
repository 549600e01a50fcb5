"""Which files in a folder are the images that an annotation file speaks of.

An annotation file may name any path on any disk. None is opened as it stands: only files found in the folder that a
person chose are candidates, and what the document says is only compared with their names.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from afloc_core.errors import MarkError
from afloc_core.imaging.quiet import quiet_decoders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from afloc_core.annotations.marks import Document, MarkedImage

_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif")
_DICOM = (".dcm", ".dicom", ".dic", ".ima")
_SUFFIX = re.compile(r"\.(?:png|jpe?g|tiff?|bmp|webp|gif|dcm|dicom|dic|ima)$", re.IGNORECASE)
_UID = re.compile(r"[0-9]+(?:\.[0-9]+){3,}")
_DRIVE = re.compile(r"^[A-Za-z]:")
_SOP_INSTANCE_UID = 0x00080018
_JOINED = 4


class How(Enum):
    """What an image was recognised by, most trusted first."""

    PATH = "path"
    NAME = "name"
    STEM = "stem"
    UID = "uid"


@dataclass(frozen=True, slots=True)
class Match:
    """An image of a document and its file.

    Attributes
    ----------
    image : str
        Key in the document.
    file : Path
    how : How
    """

    image: str
    file: Path
    how: How


@dataclass(frozen=True)
class Matching:
    """Which files belong to which images of a document.

    Attributes
    ----------
    pairs : dict of image key to Match
        In the order of the document; no file is in it twice.
    missing : tuple of str
        Keys of images without a file.
    ambiguous : dict of image key to tuple of Path
        Files that fit equally well, or one file that fits several images: nothing is guessed.
    unmarked : tuple of Path
        Files that belong to no image of the document.
    """

    pairs: Mapping[str, Match]
    missing: tuple[str, ...]
    ambiguous: Mapping[str, tuple[Path, ...]]
    unmarked: tuple[Path, ...]

    @cached_property
    def counts(self) -> Mapping[How, int]:
        """How many images were found by what."""
        found = dict.fromkeys(How, 0)
        for match in self.pairs.values():
            found[match.how] += 1
        return found

    def as_dict(self) -> dict[str, object]:
        """Return counts: ``images``, ``found``, ``by``, ``missing``, ``ambiguous``, ``files_without_marks``."""
        return {
            "images": self._images,
            "found": len(self.pairs),
            "by": {how.value: count for how, count in self.counts.items()},
            "missing": len(self.missing),
            "ambiguous": len(self.ambiguous),
            "files_without_marks": len(self.unmarked),
        }

    @property
    def sentence(self) -> str:
        """The same in one sentence for people; it names no file."""
        ways = ", ".join(f"{count} by {_WORDS[how]}" for how, count in self.counts.items() if count)
        parts = [f"{len(self.pairs)} of {_counted(self._images, 'image')} found" + (f": {ways}" if ways else "")]
        if self.missing:
            parts.append(f"{len(self.missing)} {_verb(self.missing, 'has', 'have')} no file here")
        if self.ambiguous:
            parts.append(f"{len(self.ambiguous)} {_verb(self.ambiguous, 'fits', 'fit')} several files or share one")
        if self.unmarked:
            parts.append(f"{_counted(len(self.unmarked), 'file')} {_verb(self.unmarked, 'has', 'have')} no marks")
        return "; ".join(parts) + "."

    @property
    def _images(self) -> int:
        return len(self.pairs) + len(self.missing) + len(self.ambiguous)


_WORDS = {How.PATH: "path", How.NAME: "name", How.STEM: "stem", How.UID: "DICOM UID"}


def match_images(document: Document, where: Path | Iterable[Path]) -> Matching:
    """Find the files of the images of a document.

    Parameters
    ----------
    document : Document
    where : Path or iterable of Path
        A folder, looked through with all folders in it, or files and folders. In folders only pictures, DICOM files
        and files without a known suffix count; files that are named one by one all count.

    Returns
    -------
    Matching
        In order of trust: by the end of the path (at least folder and name, or the folders joined to a name with
        underscores as in CheXlocalize), by file name, by name without suffix, by DICOM SOP Instance UID. Case does not
        matter unless it decides. Headers are read only for images that carry a UID and were not found by name, and
        only of files that look like DICOM and were not matched.

    Raises
    ------
    MarkError
        If a file or folder does not exist or cannot be read.
    """
    return _Matcher(document, _files_in(where)).matching()


@dataclass(frozen=True, slots=True)
class _File:
    """A candidate: where it is, and its path below the folder in parts."""

    path: Path
    parts: tuple[str, ...]
    folded: tuple[str, ...]


class _Matcher:
    """The search for one document: each stage looks at what the stages before left."""

    def __init__(self, document: Document, files: list[_File]) -> None:
        self.images = document.images
        self.files = files
        self.pairs: dict[str, Match] = {}
        self.ambiguous: dict[str, tuple[Path, ...]] = {}
        self.taken: set[int] = set()

    def matching(self) -> Matching:
        self._stage(How.PATH, self._by_path())
        self._stage(How.NAME, self._by_name())
        self._stage(How.STEM, self._by_stem())
        if any(_uid_of(image) and key not in self.pairs for key, image in self.images.items()):
            with quiet_decoders():
                self._stage(How.UID, self._by_uid())
        missing = tuple(key for key in self.images if key not in self.pairs and key not in self.ambiguous)
        unmarked = tuple(file.path for index, file in enumerate(self.files) if index not in self.taken)
        pairs = {key: self.pairs[key] for key in self.images if key in self.pairs}
        return Matching(pairs, missing, self.ambiguous, unmarked)

    def _stage(self, how: How, found: Iterable[tuple[str, list[int]]]) -> None:
        claims: dict[int, list[str]] = defaultdict(list)
        for key, candidates in found:
            free = [index for index in candidates if index not in self.taken]
            if len(free) == 1:
                claims[free[0]].append(key)
            elif free:
                self.ambiguous[key] = tuple(self.files[index].path for index in free)
        for index, keys in claims.items():
            if len(keys) == 1:
                self.ambiguous.pop(keys[0], None)
                self.pairs[keys[0]] = Match(keys[0], self.files[index].path, how)
                self.taken.add(index)
            else:
                self.ambiguous.update(dict.fromkeys(keys, (self.files[index].path,)))

    def _open(self) -> Iterator[tuple[str, MarkedImage]]:
        for key, image in self.images.items():
            if key not in self.pairs and key not in self.ambiguous:
                yield key, image

    def _by_path(self) -> Iterator[tuple[str, list[int]]]:
        ends: dict[tuple[str, ...], list[int]] = defaultdict(list)
        joined: dict[str, list[int]] = defaultdict(list)
        for index, file in enumerate(self.files):
            ends[file.folded[-2:]].append(index)
            stems = (*file.folded[:-1], _stem(file.folded[-1]))
            for count in range(2, min(len(stems), _JOINED) + 1):
                joined["_".join(stems[-count:])].append(index)
        for key, image in self._open():
            parts = _parts(image.path or key)
            folded = tuple(map(_folded, parts))
            candidates = ends.get(folded[-2:], []) if folded else []
            if len(candidates) > 1:
                candidates = self._closest(candidates, parts, folded)
            if not candidates and len(folded) == 1:
                candidates = joined.get(_stem(folded[0]), [])
            if candidates and (len(folded) > 1 or len(self.files[candidates[0]].parts) > 1):
                yield key, candidates

    def _closest(self, candidates: list[int], parts: tuple[str, ...], folded: tuple[str, ...]) -> list[int]:
        """Return those that share the longest end of the path, then those that share its case too."""
        shared = [_common_end(self.files[index].folded, folded) for index in candidates]
        best = [index for index, length in zip(candidates, shared, strict=True) if length == max(shared)]
        if len(best) < 2:
            return best
        exact = [_common_end(self.files[index].parts, parts) for index in best]
        return [index for index, length in zip(best, exact, strict=True) if length == max(exact)]

    def _by_name(self) -> Iterator[tuple[str, list[int]]]:
        names: dict[str, list[int]] = defaultdict(list)
        for index, file in enumerate(self.files):
            names[file.folded[-1]].append(index)
        for key, image in self._open():
            name = _name(image.path or key)
            candidates = names.get(_folded(name), [])
            if len(candidates) > 1 and len(_parts(image.path or key)) == 1:
                candidates = [i for i in candidates if len(self.files[i].parts) == 1] or candidates
            yield key, self._same_case(candidates, name, whole=True)

    def _by_stem(self) -> Iterator[tuple[str, list[int]]]:
        stems: dict[str, list[int]] = defaultdict(list)
        for index, file in enumerate(self.files):
            stems[_stem(file.folded[-1])].append(index)
        for key, image in self._open():
            stem = _stem(_name(image.path or key))
            candidates = stems.get(_folded(stem), [])
            if not candidates and image.path:
                stem = _stem(_name(key))
                candidates = stems.get(_folded(stem), [])
            yield key, self._same_case(candidates, stem, whole=False)

    def _same_case(self, candidates: list[int], name: str, *, whole: bool) -> list[int]:
        if len(candidates) < 2:
            return candidates
        names = {index: self.files[index].parts[-1] for index in candidates}
        same = [index for index in candidates if (names[index] if whole else _stem(names[index])) == name]
        return same or candidates

    def _by_uid(self) -> Iterator[tuple[str, list[int]]]:
        holders: dict[str, list[int]] = defaultdict(list)
        for index, file in enumerate(self.files):
            if index not in self.taken and _looks_like_dicom(file.folded[-1]):
                uid = _header_uid(file.path)
                if uid:
                    holders[uid].append(index)
        for key, image in self.images.items():
            uid = _uid_of(image)
            if uid and key not in self.pairs:
                yield key, holders.get(uid, [])


def _files_in(where: Path | Iterable[Path]) -> list[_File]:
    if isinstance(where, Path):
        return _walked(where) if where.is_dir() else [_named(where)]
    found: list[_File] = []
    for path in where:
        found += _walked(path) if path.is_dir() else [_named(path)]
    return list({file.path: file for file in found}.values())


def film_name(image: MarkedImage) -> str:
    """Return what is equal for the names x.png, x.jpg and x of one film; folders count, case does not."""
    return _stem(_folded("/".join(_parts(image.path or image.key))))


def _named(path: Path) -> _File:
    if not path.is_file():
        raise MarkError("A file or folder of images does not exist; check its name.")
    return _file(path, path.parts[-_JOINED:])


def _walked(folder: Path) -> list[_File]:
    found = []
    for base, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inner = Path(base).relative_to(folder).parts
        parent = Path(base)
        found += [_file(parent / name, (*inner, name)) for name in sorted(names) if _may_be_image(name)]
    return found


def _refuse(error: OSError) -> None:
    raise MarkError("A folder of images cannot be read; check that you may open it.") from None


def _file(path: Path, parts: tuple[str, ...]) -> _File:
    kept = tuple(part for part in parts if part.strip("/\\"))
    return _File(path, kept, tuple(map(_folded, kept)))


def _may_be_image(name: str) -> bool:
    lowered = name.lower()
    return not lowered.startswith(".") and (lowered.endswith(_PICTURES) or _looks_like_dicom(lowered))


def _looks_like_dicom(name: str) -> bool:
    """Tell by the name: many archives give DICOM files no suffix, or a UID for a name."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122  (thousands of names; a Path each is slow)
    return suffix in ("", *_DICOM) or suffix[1:].isdigit()


def _parts(path: str) -> tuple[str, ...]:
    pieces = _DRIVE.sub("", path.strip()).replace("\\", "/").split("/")
    return tuple(piece for piece in pieces if piece not in ("", ".", ".."))


def _name(path: str) -> str:
    parts = _parts(path)
    return parts[-1] if parts else ""


def _stem(name: str) -> str:
    return _SUFFIX.sub("", name)


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else normalize("NFC", text).casefold()


def _common_end(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    length = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        length += 1
    return length


def _uid_of(image: MarkedImage) -> str:
    return image.uid or (image.key if _UID.fullmatch(image.key) else "")


def _header_uid(path: Path) -> str:
    """Return the SOP Instance UID of a file; nothing behind it is read."""
    from pydicom.filereader import read_partial

    try:
        with path.open("rb") as stream:
            header = read_partial(
                stream,
                stop_when=lambda tag, _vr, _length: tag > _SOP_INSTANCE_UID,
                force=True,
                specific_tags=[_SOP_INSTANCE_UID],
            )
        return str(header.get("SOPInstanceUID", ""))
    except Exception:  # a candidate that is not DICOM after all can fail in any way
        return ""


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _verb(things: object, one: str, many: str) -> str:
    return one if len(things) == 1 else many  # type: ignore[arg-type]

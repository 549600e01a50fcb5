"""What is to be scored and how, as a person chose it in the window: what the options of the command are there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BETWEEN = ";"


class Scored(StrEnum):
    """Who is scored."""

    MODEL = "model"
    """The model of the window."""
    READERS = "readers"
    """Readers against each other, no model."""
    FOLDER = "folder"
    """A model out of a folder."""


class Beside(StrEnum):
    """What a run is compared with."""

    NOTHING = "nothing"
    SHOWN = "shown"
    """The run that is shown when this one is begun."""
    FOLDER = "folder"
    """Results that were written into a folder."""


class Field(StrEnum):
    """What can be wrong; each has its place in the form."""

    MODEL = "model"
    BENCHMARK = "benchmark"
    BESIDE = "beside"
    LABELS = "labels"
    PROMPTS = "prompts"
    THRESHOLDS = "thresholds"
    CACHE = "cache"


@dataclass(frozen=True, slots=True)
class CohortSetup:
    """One way to score a cohort.

    Attributes
    ----------
    scored : Scored
    model : str
        Folder of the model, for `Scored.FOLDER`.
    protocol : str
        A name of `afloc_core.cohort.protocols.PROTOCOLS`.
    pipeline : str
        Arithmetic of the maps; empty for the protocol's own.
    sharpen, prune, fuse : bool
        See `afloc_core.cohort.map_options.MapOptions`.
    consensus : str
        A value of `afloc_core.agreement.consensus.Consensus`.
    benchmark : tuple of Path
        Annotation files of humans who are scored against the marks of the review.
    beside : Beside
    beside_folder : str
        For `Beside.FOLDER`.
    labels, split, prompts : str
        Table of labels, the split of it that counts, and a file of prompts; empty for none.
    thresholds : str
        ``summary.json`` whose tuned thresholds are used; counts only where the protocol tunes.
    cache : str
        Folder in which features of films are kept; empty for none.
    data_set : str
        Key of a published data set whose figures stand beside; empty where the data show which it is.
    pictures, with_paths : bool
        Whether the report shows films, and whether it says where each lies.
    """

    scored: Scored = Scored.MODEL
    model: str = ""
    protocol: str = "native"
    pipeline: str = ""
    sharpen: bool = False
    prune: bool = False
    fuse: bool = False
    consensus: str = "majority"
    benchmark: tuple[Path, ...] = ()
    beside: Beside = Beside.NOTHING
    beside_folder: str = ""
    labels: str = ""
    split: str = ""
    prompts: str = ""
    thresholds: str = ""
    cache: str = ""
    data_set: str = ""
    pictures: bool = True
    with_paths: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a setup cannot be run: one sentence, and the field that it is about."""

    field: Field
    sentence: str


def files_of(text: str) -> tuple[Path, ...]:
    """Return the files of a line that names several with ``;`` between them; a file may have one in its name."""
    text = text.strip()
    if not text:
        return ()
    parts = [text] if _BETWEEN not in text or _exists(Path(text)) else text.split(_BETWEEN)
    return tuple(Path(part.strip()) for part in parts if part.strip())


def line_of(files: tuple[str, ...]) -> str:
    """Return the line that `files_of` reads."""
    return f"{_BETWEEN} ".join(files)


def refusals(setup: CohortSetup) -> tuple[Refusal, ...]:
    """Find what can be told to be wrong without opening a file, in the order of the form."""
    return (*_of_models(setup), *_of_labels(setup), *_of_files(setup))


def _of_models(setup: CohortSetup) -> Iterator[Refusal]:
    if setup.scored is Scored.FOLDER and not _is_folder(setup.model):
        yield Refusal(Field.MODEL, "Give the folder of a model that `afloc convert` or `afloc pretrain` made.")
    for file in setup.benchmark:
        if not _exists(file):
            yield Refusal(Field.BENCHMARK, f"There is no file “{file.name}”; check its name.")
            break
    if setup.beside is Beside.FOLDER and not _exists(Path(setup.beside_folder or "\0") / "summary.json"):
        yield Refusal(Field.BESIDE, "There are no results in this folder; give one with summary.json and cases.csv.")


def _of_labels(setup: CohortSetup) -> Iterator[Refusal]:
    for field, name in ((Field.LABELS, setup.labels), (Field.PROMPTS, setup.prompts)):
        if name and not _exists(Path(name)):
            yield Refusal(field, "There is no such file; check its name.")


def _of_files(setup: CohortSetup) -> Iterator[Refusal]:
    if setup.thresholds and not _exists(Path(setup.thresholds)):
        yield Refusal(Field.THRESHOLDS, "There is no such file; check its name.")
    if setup.cache and _exists(Path(setup.cache)) and not _is_folder(setup.cache):
        yield Refusal(Field.CACHE, "This is a file; give a folder, which is made if it does not exist.")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _is_folder(name: str) -> bool:
    try:
        return bool(name) and Path(name).is_dir()
    except (OSError, ValueError):
        return False

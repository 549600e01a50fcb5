"""The image-report pairs of a run."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from afloc_core.errors import RecipeError
from afloc_core.pretraining.published.captions import report_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from afloc_core.pretraining.published.recipe import PairOptions

SPLITS = ("train", "validation")
_SPLIT_NAMES = {"train": "train", "validation": "validation", "validate": "validation"}  # MIMIC-CXR writes “validate”
_FRONTAL = {"frontal", "pa", "ap"}
_TEXT_COLUMNS = ("report", "findings", "impression")


class PackedTexts:
    """Texts in one block of memory that worker processes share: a list of them would be copied into each.

    Parameters
    ----------
    texts : iterable of str
    """

    def __init__(self, texts: Iterable[str]) -> None:
        block, ends = bytearray(), [0]
        for text in texts:
            block += text.encode()
            ends.append(len(block))
        self._block = torch.frombuffer(block or bytearray(1), dtype=torch.uint8)
        self._ends = torch.tensor(ends, dtype=torch.int64)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        first, end = self._ends[number : number + 2].tolist()
        return bytes(self._block[first:end].numpy()).decode()


@dataclass(frozen=True)
class Pairs:
    """The pairs of one split.

    Attributes
    ----------
    folder : str
        What the image names are relative to.
    images : PackedTexts
        Image names.
    reports : PackedTexts
        Cleaned sentences, one a line, at least one.
    left_out : dict of str to int
        Why rows of this split were left out, and how many.
    """

    folder: str
    images: PackedTexts
    reports: PackedTexts
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.images)

    def image(self, row: int) -> Path:
        """Return the path of an image."""
        return Path(self.folder) / self.images[row]

    def sentences(self, row: int) -> list[str]:
        """Return the cleaned sentences of a report."""
        return self.reports[row].split("\n")


def read_pairs(options: PairOptions) -> dict[str, Pairs]:
    """Read the table of pairs, each row once.

    Rows of other splits (MS-CXR's studies among them) are passed over. Rows without an image name or a readable word,
    and rows whose ``view``, where there is that column, is not frontal, PA or AP, are left out and counted. A report
    is the column ``report``, or else ``findings`` and ``impression`` together. Whether an image can be opened shows
    when it is its turn.

    Returns
    -------
    dict of str to Pairs
        Of the splits ``train`` and ``validation``.

    Raises
    ------
    RecipeError
        If the table is missing, is not such a CSV, or has fewer than two usable pairs in a split.
    """
    images: dict[str, list[str]] = {split: [] for split in SPLITS}
    reports: dict[str, list[str]] = {split: [] for split in SPLITS}
    left_out: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for row in _rows(Path(options.table)):
        split = _SPLIT_NAMES.get((row["split"] or "").strip().lower())
        if split is None:
            continue
        sentences = report_sentences(_report(row), options.cleaning, five_word_stop=options.five_word_stop)
        if fault := _fault(row, sentences):
            left_out[split][fault] += 1
            continue
        images[split].append((row["image"] or "").strip())
        reports[split].append("\n".join(sentences))
    for split in SPLITS:
        if len(images[split]) < 2:
            raise RecipeError(f"The table of pairs has fewer than two usable rows of the split “{split}”; add some.")
    return {
        split: Pairs(options.images, PackedTexts(images[split]), PackedTexts(reports[split]), dict(left_out[split]))
        for split in SPLITS
    }


def _rows(table: Path) -> Iterator[dict[str, str | None]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            names = set(rows.fieldnames or ())
            if not {"image", "split"} <= names or not names & set(_TEXT_COLUMNS):
                raise RecipeError(
                    "The table of pairs must be a CSV with the columns image, split, and report or findings and "
                    "impression."
                )
            yield from rows
    except OSError:
        raise RecipeError("The table of pairs cannot be read; correct “table” in [pairs].") from None
    except (UnicodeDecodeError, csv.Error):
        raise RecipeError("The table of pairs is not a CSV in UTF-8; save it as one.") from None


def _report(row: dict[str, str | None]) -> str:
    if whole := row.get("report"):
        return whole
    # The stop keeps two parts apart where the first has none.
    return " . ".join(part for column in ("findings", "impression") if (part := row.get(column)))


def _fault(row: dict[str, str | None], sentences: list[str]) -> str:
    if not (row["image"] or "").strip():
        return "no image name"
    if "view" in row and (row["view"] or "").strip().lower() not in _FRONTAL:
        return "no frontal view"
    return "" if sentences else "no readable report"

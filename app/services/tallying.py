"""What a review holds of the cases of a list, as columns; made on the worker that keeps the review."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.finding_names import finding_key
from app.models.case_columns import Tallied

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from afloc_core.annotations.store import Tally
    from afloc_core.cohort.manifest import Texts


def tallied(tally: Tally, paths: Texts, by: str) -> Tallied:
    """Find the images of a review among the cases of a list.

    Parameters
    ----------
    tally : Tally
    paths : array of str, shape (n,)
        Files of the cases.
    by : str
        Whose being done counts.

    Returns
    -------
    Tallied
        Images without a file, or whose file is not listed, are left out.
    """
    found = Tallied.nothing(len(paths))
    rows = _rows(tally, paths)
    if not rows:
        return found
    readers: defaultdict[str, NDArray[np.bool_]] = defaultdict(lambda: np.zeros(len(paths), bool))
    findings: defaultdict[str, NDArray[np.bool_]] = defaultdict(lambda: np.zeros(len(paths), bool))
    spelled: dict[str, str] = {}
    said: defaultdict[int, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for image, reader, finding, number in tally.marked:
        if (row := rows.get(image)) is not None:
            key = finding_key(finding)
            found.marks[row] += number
            readers[reader][row] = True
            findings[spelled.setdefault(key, finding)][row] = True
            said[row][reader].add(key)
    for image, reader, _finding in tally.looked:
        if (row := rows.get(image)) is not None:
            readers[reader][row] = True
            _ = said[row][reader]
    for row, by_reader in said.items():
        found.agreement[row] = _agreement(by_reader.values())
    for image, reader in tally.done:
        if reader == by and (row := rows.get(image)) is not None:
            found.done[row] = True
    return Tallied(found.marks, dict(readers), dict(findings), found.agreement, found.done)


def _rows(tally: Tally, paths: Texts) -> Mapping[str, int]:
    """Return the row of each image whose file is listed."""
    several: defaultdict[str, list[str]] = defaultdict(list)
    for image, file in tally.files.items():
        several[str(file)].append(image)
    found = {path: row for row, path in enumerate(paths.tolist()) if path in several} if several else {}
    return {image: row for path, row in found.items() for image in several[path]}


def _agreement(marked: Iterable[set[str]]) -> float:
    """Return the share of pairs of readers that say the same of a finding, mean over findings; NaN for one reader."""
    readers = list(marked)
    if len(readers) < 2:
        return float("nan")
    findings = set().union(*readers)
    if not findings:
        return 1.0
    pairs = list(combinations(readers, 2))
    same = [np.mean([(finding in one) == (finding in other) for one, other in pairs]) for finding in findings]
    return float(np.mean(same))

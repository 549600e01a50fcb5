"""What a run has found so far, kept on disk line by line, so that it goes on where it was ended.

A line is one film; numbers are written so that they read back as the same numbers. A line that was cut off, because
the process was killed in the middle of it, is left out and its film scored again. Files lie in ``.run`` below the
output folder, one for each process of a run, and are removed when the run is complete.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from afloc_core.cohort.film_results import FilmResults
from afloc_core.cohort.film_scoring import FilmResult
from afloc_core.cohort.problems import Problem
from afloc_core.cohort.results import Kind, Row, Score

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import TextIO

_FOLDER = ".run"


FILMS, LABELS = "", "labels-"
"""What a journal is of; the beginning of its files' names."""


class Journal:
    """The journal of one run.

    Parameters
    ----------
    output : Path
        The output folder.
    identity : str
        Digest of everything that the results depend on; lines of another run are not taken.
    process : int
        Number of the process that writes.
    what : str
        `FILMS`, or `LABELS` for the scores of labelled images.
    """

    def __init__(self, output: Path, identity: str, process: int = 0, what: str = FILMS) -> None:
        self._folder = output / _FOLDER
        self._identity = identity
        self._process = process
        self._what = what
        self._stream: TextIO | None = None

    def known(self) -> FilmResults:
        """Return what was found before, and remove files of other runs."""
        return FilmResults(filter(None, map(_read, self._lines())))

    def known_scores(self) -> dict[int, dict[str, float]]:
        """Return the scores of labelled images that were found before: by their number, and by finding."""
        return dict(filter(None, map(_read_scores, self._lines())))

    def _lines(self) -> Iterator[str]:
        for file in sorted(self._folder.glob(f"{self._what}[0-9]*.jsonl")):
            with suppress(OSError):
                with file.open(encoding="utf-8", errors="replace") as lines:
                    ours = _identity_of(lines.readline()) == self._identity
                    yield from lines if ours else ()
                if not ours:
                    file.unlink()

    def add(self, number: int, result: FilmResult) -> None:
        """Keep what a film gave.

        Raises
        ------
        OSError
            If it cannot be written; the run can go on without.
        """
        self._write(_line(number, result))

    def add_scores(self, number: int, scores: Mapping[str, float]) -> None:
        """Keep the scores of a labelled image by finding, see `add`."""
        self._write({"film": number, "scores": dict(scores)})

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._stream is None:
            self._folder.mkdir(exist_ok=True)
            place = self._folder / f"{self._what}{self._process:04d}.jsonl"
            unfinished = _is_cut_off(place)
            self._stream = place.open("a", encoding="utf-8")
            if unfinished:
                self._stream.write("\n")
            if not place.stat().st_size:
                self._stream.write(json.dumps({"run": self._identity}) + "\n")
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            with suppress(OSError):
                self._stream.close()
            self._stream = None

    def remove(self) -> None:
        """Remove all files of the run, of every process."""
        self.close()
        with suppress(OSError):
            for file in self._folder.glob("*.jsonl"):
                file.unlink()
            self._folder.rmdir()


def _is_cut_off(file: Path) -> bool:
    if not file.exists() or not file.stat().st_size:
        return False
    with file.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read() != b"\n"


def _identity_of(line: str) -> str:
    with suppress(ValueError, AttributeError):
        return str(json.loads(line).get("run", ""))
    return ""


def _line(number: int, result: FilmResult) -> dict[str, Any]:
    return {
        "film": number,
        "digest": result.digest,
        "rows": [astuple(row) for row in result.rows],
        "problems": [astuple(problem) for problem in result.problems],
    }


def _read(text: str) -> tuple[int, FilmResult] | None:
    try:
        line = json.loads(text)
        rows = tuple(_row(fields) for fields in line["rows"])
        problems = tuple(Problem(*fields) for fields in line["problems"])
        return int(line["film"]), FilmResult(rows, problems, line["digest"])
    except (ValueError, KeyError, TypeError):
        return None


def _read_scores(text: str) -> tuple[int, dict[str, float]] | None:
    try:
        line = json.loads(text)
        return int(line["film"]), {str(name): float(score) for name, score in line["scores"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _row(fields: list[Any]) -> Row:
    kind, image, unit, finding, phrase, reader, against, score, *asking = fields
    iou, dice, *rest = score
    whole = Score(tuple(iou), tuple(dice), *rest)
    return Row(Kind(kind), image, unit, finding, phrase, reader, against, whole, *asking)

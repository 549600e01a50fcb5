"""Where the labelled findings of real films lie, as it was read off the films."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.errors import RecipeError
from afloc_core.pretraining.entailment import LABELLED, label_kinds
from afloc_core.pretraining.recipe_file import read_table
from afloc_core.pretraining.simulation.finding import DEVICES, ZONES

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIDES = {"right": ("right",), "left": ("left",), "both": ("right", "left"), "": ()}
_NO_DEVICE = "no device"
_KINDS = {*LABELLED, *DEVICES, _NO_DEVICE}
_OTHER_SIDE = {"right": "left", "left": "right"}


@dataclass(frozen=True, slots=True)
class ReadFinding:
    """One finding of a real film with the places it was seen at; its number and size are not known.

    Attributes
    ----------
    kind : str
        A label in lower case with spaces, or one of ``DEVICES``.
    places : tuple of (side, zone)
        An empty zone stands for one that was not told; no place at all for what has none, as the heart.
    """

    kind: str
    places: tuple[tuple[str, str], ...] = ()

    number = 0
    size = ""
    descriptors: tuple[str, ...] = ()

    @property
    def side(self) -> str:
        """The patient's side: "right", "left", "both" or empty."""
        sides = {side for side, _ in self.places}
        return "both" if len(sides) == 2 else next(iter(sides), "")

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that it involves on either side, from top to bottom."""
        return tuple(zone for zone in ZONES if any(zone == where for _, where in self.places))

    def mirrored(self) -> ReadFinding:
        """Return the same finding on the other side, as in a film that is shown mirrored."""
        return replace(self, places=tuple((_OTHER_SIDE[side], zone) for side, zone in self.places))


@dataclass(frozen=True, slots=True)
class FilmReading:
    """What was read off one film.

    Attributes
    ----------
    seen : tuple of ReadFinding
        One a kind.
    without_devices : bool
        Whether no tube, line or pacemaker lies on the film; else others than those seen may.
    """

    seen: tuple[ReadFinding, ...] = ()
    without_devices: bool = False


def read_readings(path: str | Path) -> dict[str, FilmReading]:
    """Read a CSV with a row for each finding and side.

    Parameters
    ----------
    path : str or Path
        Columns ``image`` (file name without its ending), ``finding`` (a label, a device, or "no device"), ``side``
        (right, left, both or empty) and ``zones`` (upper, middle and lower, separated by ``|``).

    Returns
    -------
    dict of str to FilmReading
        By image.

    Raises
    ------
    RecipeError
        If the file cannot be read, lacks a column or has a row that makes no sense.
    """
    rows = read_table(path, "readings", ("image", "finding", "side", "zones"))
    films: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for number, row in enumerate(rows, 2):
        kind = next(iter(label_kinds([row["finding"] or ""])), "")
        films.setdefault(row["image"], {}).setdefault(kind, []).extend(_places(row, kind, number))
    return {image: _reading(found) for image, found in films.items()}


def _places(row: dict[str, str], kind: str, number: int) -> Iterable[tuple[str, str]]:
    zones = [zone for zone in (row["zones"] or "").split("|") if zone] or [""]
    if kind not in _KINDS or row["side"] not in _SIDES or not {*zones} <= {*ZONES, ""}:
        raise RecipeError(f"Line {number} of the readings has an unknown finding, side or zone; correct it.")
    return [(side, zone) for side in _SIDES[row["side"]] for zone in zones]


def _reading(found: dict[str, list[tuple[str, str]]]) -> FilmReading:
    seen = tuple(
        ReadFinding(kind, tuple(dict.fromkeys(places))) for kind, places in found.items() if kind != _NO_DEVICE
    )
    return FilmReading(seen, without_devices=_NO_DEVICE in found)

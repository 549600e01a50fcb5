"""How the model's map and the readers' marks are set against each other."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from afloc_core.agreement.consensus import Consensus
from afloc_core.agreement.pairwise import Role
from app.models.compare_mode import CompareMode

__all__ = [
    "ALL_READERS",
    "BLINK_PERIODS_MS",
    "EVERY_READER",
    "MODEL",
    "CompareMode",
    "Comparison",
    "Party",
    "consensus_party",
]


ALL_READERS = ""
"""Name of the party that stands for every visible reader at once, each drawn in their own colour."""

BLINK_PERIODS_MS = (3000, 2000, 1200, 800, 500, 350)
"""How long a blinking canvas can show each side. Never more than three changes a second: faster flashing is unsafe for
people with photosensitive epilepsy (WCAG 2.3.1)."""
_FIRST_PERIOD = 3


@dataclass(frozen=True, slots=True)
class Party:
    """Whose marks a side shows.

    Attributes
    ----------
    role : Role
    name : str
        The reader's name, `ALL_READERS`, or the kind of consensus; empty for the model.
    """

    role: Role
    name: str = ""

    @property
    def title(self) -> str:
        """As the window names it."""
        if self.role is Role.MODEL:
            return "Model"
        if self.role is Role.CONSENSUS:
            return f"Consensus ({self.name})"
        return self.name or "All readers"


MODEL = Party(Role.MODEL)
EVERY_READER = Party(Role.READER, ALL_READERS)


def consensus_party(kind: Consensus) -> Party:
    """Return the party of a consensus."""
    return Party(Role.CONSENSUS, kind.value)


class Comparison(QObject):
    """Mode, the two sides, and where the swipe line is; ``changed`` after each change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode = CompareMode.OVERLAY
        self._left, self._right = MODEL, EVERY_READER
        self._swipe = 0.5
        self._right_on_top = False
        self._chosen = False
        self._period = _FIRST_PERIOD

    @property
    def mode(self) -> CompareMode:
        """The way of comparing."""
        return self._mode

    @property
    def chosen(self) -> bool:
        """Whether a way of comparing was ever chosen, be it the one that is there from the start."""
        return self._chosen

    @property
    def left(self) -> Party:
        """Who is on the left, below, or first."""
        return self._left

    @property
    def right(self) -> Party:
        """Who is on the right, above, or second."""
        return self._right

    @property
    def swipe(self) -> float:
        """Where the swipe line is: share of the canvas width."""
        return self._swipe

    @property
    def right_on_top(self) -> bool:
        """Which of the two a blinking canvas shows now."""
        return self._right_on_top

    @property
    def period_ms(self) -> int:
        """How long a blinking canvas shows each side; one of `BLINK_PERIODS_MS`."""
        return BLINK_PERIODS_MS[self._period]

    def set_period(self, milliseconds: int) -> None:
        """Choose how long each side is shown; the nearest of `BLINK_PERIODS_MS` is taken."""
        nearest = min(range(len(BLINK_PERIODS_MS)), key=lambda at: abs(BLINK_PERIODS_MS[at] - milliseconds))
        if nearest != self._period:
            self._period = nearest
            self.changed.emit()

    def change_rate(self, by: int) -> None:
        """Blink faster by steps, or more slowly if ``by`` is negative."""
        at = min(max(self._period + by, 0), len(BLINK_PERIODS_MS) - 1)
        self.set_period(BLINK_PERIODS_MS[at])

    def set_mode(self, mode: CompareMode) -> None:
        """Choose the way of comparing."""
        if mode is not self._mode or not self._chosen:
            self._mode, self._right_on_top, self._chosen = mode, False, True
            self.changed.emit()

    def set_sides(self, left: Party | None = None, right: Party | None = None) -> None:
        """Choose who is on a side; None leaves it."""
        sides = (left or self._left, right or self._right)
        if sides != (self._left, self._right):
            self._left, self._right = sides
            self.changed.emit()

    def exchange(self) -> None:
        """Exchange the sides."""
        self.set_sides(self._right, self._left)

    def set_swipe(self, share: float) -> None:
        """Move the swipe line, kept in [0, 1]."""
        share = min(max(share, 0.0), 1.0)
        if share != self._swipe:
            self._swipe = share
            self.changed.emit()

    def blink(self) -> None:
        """Show the other of the two."""
        self._right_on_top = not self._right_on_top
        self.changed.emit()

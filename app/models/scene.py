"""What each canvas draws, as a value: follows from the mode, the two parties and the readers who are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from afloc_core.agreement.pairwise import Role
from app.models.comparison import ALL_READERS, EVERY_READER, MODEL, CompareMode, Party

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.models.comparison import Comparison


@dataclass(frozen=True, slots=True)
class Part:
    """What is drawn over a vertical strip of the film.

    Attributes
    ----------
    heat : bool
        Whether the model's map is.
    groups : tuple of Party
        Single readers and consensuses whose marks are.
    span : (float, float)
        Left and right edge of the strip as shares of the canvas width.
    only_dots : bool
        Whether of the marks only the points are drawn: they have no extent that a difference could show.
    labelled : bool
        Whether a few marks all say what they are; else only the one under the cursor does.
    """

    heat: bool
    groups: tuple[Party, ...]
    span: tuple[float, float] = (0.0, 1.0)
    only_dots: bool = False
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """What one canvas draws.

    Attributes
    ----------
    parts : tuple of Part
    titles : (str, str)
        What the upper left and the upper right corner say; empty for nothing.
    swipe : float or None
        Where the line of the swipe is, as a share of the canvas width.
    difference : bool
        Whether the difference is drawn.
    note : str
        What must be said of the marks.
    tells : (bool, bool)
        Whether the upper left and the upper right corner say so when the model's map stays below its threshold, where
        an empty side could be taken for a map that is missing.
    """

    parts: tuple[Part, ...]
    titles: tuple[str, str] = ("", "")
    swipe: float | None = None
    difference: bool = False
    note: str = ""
    tells: tuple[bool, bool] = (False, False)

    @property
    def groups(self) -> tuple[Party, ...]:
        """Everyone whose marks are drawn."""
        return tuple(dict.fromkeys(group for part in self.parts for group in part.groups))


PLAIN = Scene((Part(heat=True, groups=()),))
"""A film without marks: the model's map and nothing else."""


def scenes(comparison: Comparison, shown: Sequence[str], note: str = "") -> tuple[Scene, Scene | None]:
    """Return what the first canvas draws, and the second where there are two.

    Parameters
    ----------
    comparison : Comparison
    shown : sequence of str
        Readers who are not hidden.
    note : str
        What must be said of the marks; kept off a canvas without any.
    """
    left, right = _part(comparison.left, shown), _part(comparison.right, shown)
    titles = (_title(comparison.left, left), _title(comparison.right, right))
    mode = comparison.mode
    if mode is CompareMode.SIDE_BY_SIDE:
        return _noted(_alone(left, titles[0]), note), _noted(_alone(right, titles[1]), note)
    if mode is CompareMode.SWIPE:
        line = comparison.swipe
        parts = (_cut(left, 0.0, line), _cut(right, line, 1.0))
        return _noted(Scene(parts, titles, swipe=line, tells=(left.heat, right.heat)), note), None
    if mode is CompareMode.BLINK:
        part, title = (right, titles[1]) if comparison.right_on_top else (left, titles[0])
        return _noted(_alone(part, title), note), None
    groups = tuple(dict.fromkeys((*left.groups, *right.groups)))
    if mode is CompareMode.DIFFERENCE:
        dots = Part(heat=False, groups=groups, only_dots=True)
        return Scene((dots,), difference=True, note=note, tells=(left.heat or right.heat, False)), None
    both = Part(left.heat or right.heat, groups)
    return _noted(Scene((both,)), note), None


def cell_scene(shown: Sequence[str], note: str = "") -> Scene:
    """Return what each of the small multiples draws: a map, and the marks of the readers who are shown.

    Parameters
    ----------
    shown : sequence of str
        Readers who are not hidden.
    note : str
        What must be said of the marks.
    """
    groups = _part(EVERY_READER, shown).groups
    return _noted(Scene((Part(heat=True, groups=groups, labelled=False),)), note)


def _title(party: Party, part: Part) -> str:
    return f"{party.title} (hidden)" if party.role is Role.READER and not part.groups else party.title


def _part(party: Party, shown: Sequence[str]) -> Part:
    if party == MODEL:
        return Part(heat=True, groups=())
    if party == EVERY_READER:
        return Part(heat=False, groups=tuple(Party(Role.READER, name) for name in shown if name != ALL_READERS))
    hidden = party.role is Role.READER and party.name not in shown
    return Part(heat=False, groups=() if hidden else (party,))


def _alone(part: Part, title: str) -> Scene:
    return Scene((part,), (title, ""), tells=(part.heat, False))


def _cut(part: Part, left: float, right: float) -> Part:
    return Part(part.heat, part.groups, (left, right))


def _noted(scene: Scene, note: str) -> Scene:
    if not note or not scene.groups:
        return scene
    return replace(scene, note=note)

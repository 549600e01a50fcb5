"""The study file: what a researcher writes to have films read, in TOML."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from afloc_core.annotations.finding_names import finding_key
from afloc_core.errors import StudyError
from afloc_core.study.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDING = ".afstudy"
"""Of the record that is kept beside the study file."""


class Design(StrEnum):
    """How arms and cases meet."""

    SEQUENTIAL = "sequential"
    """Every case in every arm, one right after the other; answers are carried from arm to arm and may be changed."""
    CROSSOVER = "crossover"
    """Every case in one arm, another one for the next reader; with ``repeat`` in all arms, a period for each."""


class MapShown(StrEnum):
    """When a reader sees the model's map."""

    HIDDEN = "hidden"
    AFTER_ANSWER = "after answer"
    SHOWN = "shown"


class Order(StrEnum):
    """In which order a reader gets the cases."""

    RANDOM = "random"
    LISTED = "listed"


class MarksShown(StrEnum):
    """Whether a reader sees the marks of others."""

    HIDDEN = "hidden"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class Arm:
    """What a reader is given for a reading.

    Attributes
    ----------
    name : str
    map : MapShown
    marks : MarksShown
        Of the readers in the file `Study.others`.
    """

    name: str
    map: MapShown = MapShown.HIDDEN
    marks: MarksShown = MarksShown.HIDDEN


@dataclass(frozen=True, slots=True)
class Study:
    """A reading study as its file says it.

    Attributes
    ----------
    title : str
    findings : tuple of str
        What is answered for every case, in this order.
    cases : tuple of str
        Files, folders, patterns such as ``films/*.dcm``, or one manifest (CSV with a column ``file``); relative to the
        study file.
    arms : tuple of Arm
    seed : int
        Of the order of cases and of who reads what in which arm.
    design : Design
    order : Order
    repeat : bool
        Crossover only: every reader reads every case in every arm, each time in another period.
    washout_days : float
        Crossover with ``repeat`` only: how many days lie between two periods.
    idle_seconds : float
        Time without a key or the mouse that counts as idle from there on.
    instructions : str
        Shown to readers before they begin.
    reference : str
        Annotation file with the reference standard; a case that it knows without a mark of a finding does not have it.
    others : str
        Annotation file with the marks that arms with ``marks = "shown"`` show.
    phrases : dict of finding to str
        What the model is asked, where that is not the finding itself.
    hide_reader_names, hide_file_names : bool
        Whether the names of other readers, and of files, stay off the screen.
    folder : Path
        Where the study file is.
    """

    title: str
    findings: tuple[str, ...]
    cases: tuple[str, ...]
    arms: tuple[Arm, ...]
    seed: int
    design: Design = Design.SEQUENTIAL
    order: Order = Order.RANDOM
    repeat: bool = False
    washout_days: float = 0.0
    idle_seconds: float = 60.0
    instructions: str = ""
    reference: str = ""
    others: str = ""
    phrases: Mapping[str, str] = field(default_factory=dict)
    hide_reader_names: bool = True
    hide_file_names: bool = True
    folder: Path = Path()

    def arm(self, name: str) -> Arm:
        """Return an arm by its name."""
        return next(arm for arm in self.arms if arm.name == name)

    def phrase(self, finding: str) -> str:
        """Return what the model is asked for a finding."""
        return self.phrases.get(finding, finding)


def record_place(study_file: Path) -> Path:
    """Return where the record of a study file is: beside it, with another ending."""
    return study_file.with_suffix(ENDING)


def read_study(path: str | Path) -> Study:
    """Read a study file.

    Raises
    ------
    StudyError
        If it cannot be read, is no TOML, or says something wrong; the sentence names the key.
    """
    place = Path(path)
    try:
        values = tomllib.loads(place.read_text(encoding="utf-8-sig"))
    except OSError:
        raise StudyError("The study file cannot be read; give the path of a TOML file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"The study file is not valid TOML: {error}.") from None
    return study_of(values, place.absolute().parent)


def study_of(values: Mapping[str, Any], folder: Path) -> Study:
    """Make a study of the values of a file in a folder. Raises as `read_study` does."""
    keys = Keys(values, "study file", _KEYS)
    findings = keys.texts("findings")
    if len({finding_key(finding) for finding in findings}) < len(findings):
        raise StudyError("“findings” in the study file names one finding twice; name each once.")
    study = Study(
        title=keys.text("title"),
        findings=findings,
        cases=keys.texts("cases"),
        arms=_arms(keys.tables("arms")),
        seed=keys.whole("seed"),
        design=_choice(keys, "design", Design.SEQUENTIAL),
        order=_choice(keys, "order", Order.RANDOM),
        repeat=keys.truth("repeat", False),
        washout_days=keys.number("washout_days", 0.0, least=0.0),
        idle_seconds=keys.number("idle_seconds", 60.0, least=1.0),
        instructions=keys.text("instructions", ""),
        reference=keys.text("reference", ""),
        others=keys.text("others", ""),
        phrases=_phrases(keys.table("phrases"), findings),
        folder=folder,
        **_blinding(keys.table("blinding")),
    )
    _check(study)
    return study


def study_text(study: Study) -> str:
    """Write a study as the TOML that `read_study` reads."""
    lines = [f"{name} = {_toml(getattr(study, name))}" for name in _PLAIN]
    lines += [f"{name} = {_toml(getattr(study, name))}" for name in _OPTIONAL if getattr(study, name) != _default(name)]
    for arm in study.arms:
        lines += ["", "[[arms]]", f"name = {_toml(arm.name)}", f"map = {_toml(arm.map)}"]
        if arm.marks is not MarksShown.HIDDEN:
            lines.append(f"marks = {_toml(arm.marks)}")
    if study.phrases:
        lines += ["", "[phrases]", *(f"{_toml(finding)} = {_toml(text)}" for finding, text in study.phrases.items())]
    lines += ["", "[blinding]", f"reader_names = {_toml(study.hide_reader_names)}"]
    lines += [f"file_names = {_toml(study.hide_file_names)}"]
    return "\n".join(lines) + "\n"


_PLAIN = ("title", "findings", "cases", "seed", "design")
_OPTIONAL = ("order", "repeat", "washout_days", "idle_seconds", "instructions", "reference", "others")
_KEYS = (*_PLAIN, *_OPTIONAL, "arms", "phrases", "blinding")

Choice = TypeVar("Choice", bound=StrEnum)


def _choice(keys: Keys, name: str, default: Choice) -> Choice:
    kind = type(default)
    return kind(keys.choice(name, tuple(one.value for one in kind), default.value))


def _arms(tables: tuple[Mapping[str, Any], ...]) -> tuple[Arm, ...]:
    arms = []
    for number, table in enumerate(tables, start=1):
        keys = Keys(table, f"arm {number} of the study file", ("name", "map", "marks"))
        arms.append(
            Arm(
                keys.text("name"),
                _choice(keys, "map", MapShown.HIDDEN),
                _choice(keys, "marks", MarksShown.HIDDEN),
            )
        )
    return tuple(arms)


def _phrases(table: Mapping[str, Any], findings: tuple[str, ...]) -> dict[str, str]:
    keys = Keys(table, "section [phrases] of the study file", findings)
    return {finding: keys.text(finding) for finding in findings if finding in table}


def _blinding(table: Mapping[str, Any]) -> dict[str, bool]:
    keys = Keys(table, "section [blinding] of the study file", ("reader_names", "file_names"))
    return {
        "hide_reader_names": keys.truth("reader_names", True),
        "hide_file_names": keys.truth("file_names", True),
    }


def _check(study: Study) -> None:
    """Refuse what each key may say but not all of them together."""
    names = [arm.name for arm in study.arms]
    if len(set(names)) < len(names):
        raise StudyError("“arms” in the study file has two arms of one name; give each a name of its own.")
    if any(arm.marks is MarksShown.SHOWN for arm in study.arms) and not study.others:
        raise StudyError("“marks” of an arm is “shown”; say in “others” of the study file in which file the marks are.")
    if study.design is Design.CROSSOVER and len(study.arms) < 2:
        raise StudyError("“arms” in the study file has one arm; a crossover needs at least two.")
    if study.repeat and study.design is not Design.CROSSOVER:
        raise StudyError("“repeat” in the study file belongs to “design” crossover; take one of the two out.")
    if study.washout_days and not study.repeat:
        raise StudyError("“washout_days” in the study file needs “repeat = true”; without it there is one period.")
    if study.design is Design.SEQUENTIAL and _helps_too_early(study.arms):
        raise StudyError(
            "“arms” in the study file shows the map or marks in an arm before one that hides them; in the design "
            "sequential what was seen stays seen, so put the arms that hide it first."
        )


def _helps_too_early(arms: tuple[Arm, ...]) -> bool:
    return any(
        (arm.map is not MapShown.HIDDEN and later.map is not MapShown.SHOWN)
        or (arm.marks is MarksShown.SHOWN and later.marks is not MarksShown.SHOWN)
        for arm, later in pairwise(arms)
    )


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # A JSON string is a basic string of TOML, once DEL is escaped too.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _default(name: str) -> object:
    return Study.__dataclass_fields__[name].default

"""The keys of a table in a study file; a mistake is one plain sentence that names the key."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from afloc_core.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Keys:
    """Asks a table for its values by key.

    Parameters
    ----------
    values : mapping
    where : str
        What the table is, for the sentences.
    known : sequence of str

    Raises
    ------
    StudyError
        Here if a key is not known; in the methods if a value is missing or not of its kind.
    """

    def __init__(self, values: Mapping[str, Any], where: str, known: Sequence[str]) -> None:
        self._values, self._where = values, where
        if unknown := [key for key in values if key not in known]:
            raise StudyError(f"The {where} has an unknown key “{unknown[0]}”; known are {', '.join(known)}.")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty, unless its default is."""
        value = self._value(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, "a text in quotes")
        if not value.strip() and default is None:
            raise self._wrong(key, "a text that is not empty")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts with at least one; one text alone is a list of one."""
        value = self._value(key, None)
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not found or not all(isinstance(one, str) and one.strip() for one in found):
            raise self._wrong(key, 'a list of texts, such as ["first", "second"]')
        return tuple(one.strip() for one in found)

    def whole(self, key: str) -> int:
        """Return a whole number."""
        value = self._value(key, None)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, "a whole number")
        return value

    def number(self, key: str, default: float, *, least: float) -> float:
        """Return a number that is at least ``least``."""
        value = self._value(key, default)
        wrong = not isinstance(value, (int, float)) or isinstance(value, bool)
        if wrong or not math.isfinite(value) or value < least:
            raise self._wrong(key, f"a number, at least {least:g}")
        return float(value)

    def truth(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        """Return one of several texts."""
        value = self._value(key, default)
        if value not in choices:
            raise self._wrong(key, " or ".join(f"“{choice}”" for choice in choices))
        return str(value)

    def table(self, key: str) -> Mapping[str, Any]:
        """Return a section, empty where there is none."""
        value = self._value(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, f"a section that begins with [{key}]")
        return value

    def tables(self, key: str) -> tuple[Mapping[str, Any], ...]:
        """Return the sections of a list with at least one."""
        value = self._value(key, None)
        if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
            raise self._wrong(key, f"one or more sections that begin with [[{key}]]")
        return tuple(value)

    def _value(self, key: str, default: object) -> Any:  # noqa: ANN401  (whatever the file holds)
        if key not in self._values and default is None:
            raise StudyError(f"The {self._where} lacks “{key}”; add it.")
        return self._values.get(key, default)

    def _wrong(self, key: str, wanted: str) -> StudyError:
        return StudyError(f"“{key}” in the {self._where} must be {wanted}.")

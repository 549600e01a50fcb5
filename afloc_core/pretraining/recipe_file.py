"""Reading a recipe file, TOML whose sections and keys are exactly those of a dataclass, and the tables it names."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from afloc_core.errors import RecipeError

if TYPE_CHECKING:
    from dataclasses import Field

_Section = TypeVar("_Section")
_KINDS: dict[type, tuple[type | tuple[type, ...], str]] = {
    bool: (bool, "true or false"),
    int: (int, "a whole number"),
    float: ((int, float), "a number"),
    str: (str, "a text in quotes"),
}


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read a recipe file as plain values.

    Raises
    ------
    RecipeError
        If the file is missing or is not TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError:
        raise RecipeError("The recipe file cannot be read; give the path of a TOML file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"The recipe is not valid TOML: {error}.") from None


def read_table(path: str | Path, key: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Read a CSV that a recipe names.

    Parameters
    ----------
    path : str or Path
    key : str
        Of the section [data], to say which table is wrong.
    columns : tuple of str
        What it must have, and may have more.

    Raises
    ------
    RecipeError
        If the file is missing, is no text, lacks a column or has no row.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError):
        raise RecipeError(f"The table “{key}” of the recipe cannot be read; correct “{key}” in [data].") from None
    if not rows or not set(columns) <= set(rows[0]):
        named = f"{', '.join(columns[:-1])} and {columns[-1]}"
        raise RecipeError(f"The table “{key}” of the recipe must be a CSV with the columns {named}.")
    return rows


def section(values: object, kind: type[_Section], name: str = "") -> _Section:
    """Make a dataclass from the values of a section, its own dataclasses from the sections below.

    Parameters
    ----------
    values : object
        What the file has there.
    kind : type
        A dataclass whose fields are bool, int, float, str, a `Literal` of texts, or such a dataclass.
    name : str
        Of the section, for the sentences; empty for the whole file.

    Raises
    ------
    RecipeError
        If a key is unknown, missing, or of another type.
    """
    where = f"section [{name}] of the recipe" if name else "recipe"
    if not isinstance(values, dict):
        raise RecipeError(f"The {where} must hold keys and values.")
    known = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    if unknown := sorted(set(values) - set(known)):
        raise RecipeError(f"The {where} has an unknown key “{unknown[0]}”; known are {', '.join(known)}.")
    if missing := [key for key, one in known.items() if key not in values and _is_required(one)]:
        raise RecipeError(f"The {where} lacks “{missing[0]}”; add it.")
    kinds = get_type_hints(kind)
    return kind(**{key: _value(values[key], kinds[key], key, where) for key in values})


def _is_required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _value(value: object, kind: Any, key: str, where: str) -> object:  # noqa: ANN401  (a type, or a Literal)
    if is_dataclass(kind):
        return section(value, kind, key)  # type: ignore[arg-type]  # a class, not an instance
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            choices = " or ".join(f"“{choice}”" for choice in get_args(kind))
            raise RecipeError(f"“{key}” in the {where} must be {choices}.")
        return value
    accepted, called = _KINDS[kind]
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise RecipeError(f"“{key}” in the {where} must be {called}.")
    return value

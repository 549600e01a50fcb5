"""Data elements as plain numbers and words, whatever state the file is in."""

from __future__ import annotations

import math
from typing import Any


def numbers(dataset: Any, keyword: str) -> tuple[float, ...]:  # noqa: ANN401  (pydicom is untyped here)
    """Return the values of a numeric element.

    Parameters
    ----------
    dataset : pydicom.Dataset
        A data set or a sequence item.
    keyword : str
        Keyword of the element.

    Returns
    -------
    tuple of float
        Empty when the element is missing, empty, not a number, or not finite: then it says nothing.
    """
    try:
        value = dataset.get(keyword)
        if value is None or value == "":
            return ()
        several = (value,) if isinstance(value, (str, int, float)) else tuple(value)
        result = tuple(float(one) for one in several)
    except Exception:
        # pydicom converts on access: a letter in a number raises ValueError, a wrong VR struct.error or TypeError.
        return ()
    return result if all(math.isfinite(one) for one in result) else ()


def integer(dataset: Any, keyword: str, default: int) -> int:  # noqa: ANN401
    """Return the first value of a numeric element as an integer.

    Parameters
    ----------
    dataset : pydicom.Dataset
        A data set or a sequence item.
    keyword : str
        Keyword of the element.
    default : int
        What to return when the element says nothing.

    Returns
    -------
    int
    """
    found = numbers(dataset, keyword)
    return int(found[0]) if found else default


def words(dataset: Any, keyword: str) -> tuple[str, ...]:  # noqa: ANN401
    """Return the values of a text element without surrounding blanks.

    Parameters
    ----------
    dataset : pydicom.Dataset
        A data set or a sequence item.
    keyword : str
        Keyword of the element.

    Returns
    -------
    tuple of str
        Empty when the element is missing or unreadable.
    """
    try:
        value = dataset.get(keyword)
        if value is None:
            return ()
        several = (value,) if isinstance(value, str) else tuple(value)
        return tuple(str(one).strip() for one in several)
    except Exception:
        return ()


def word(dataset: Any, keyword: str) -> str:  # noqa: ANN401
    """Return the first value of a text element in capitals.

    Parameters
    ----------
    dataset : pydicom.Dataset
        A data set or a sequence item.
    keyword : str
        Keyword of the element.

    Returns
    -------
    str
        Empty when the element says nothing.
    """
    found = words(dataset, keyword)
    return found[0].upper() if found else ""

"""A case of a cohort as a picture, on its way to where it is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseShown:
    """One picture.

    Attributes
    ----------
    at : int
        Which row of the evaluation it is of.
    title, caption : str
        What is written below it, and what is said of it in full.
    source : str
        The picture as a data URI.
    """

    at: int
    title: str
    caption: str
    source: str

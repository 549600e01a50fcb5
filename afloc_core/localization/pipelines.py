"""The two ways of turning a phrase and a radiograph into a map.

``published`` repeats the arithmetic of the official implementation, its half-cell shift and its 14-pixel rim included,
so that numbers can be compared with its tables. ``aligned`` places each cell where its receptive field is, keeps
one-word phrases and scores every pixel; it is the default.
"""

from __future__ import annotations

from enum import StrEnum

from afloc_core.errors import AFLocError


class Pipeline(StrEnum):
    """Which arithmetic a map was made with."""

    ALIGNED = "aligned"
    PUBLISHED = "published"

    @classmethod
    def parse(cls, name: str) -> Pipeline:
        """Return the pipeline of that name.

        Raises
        ------
        AFLocError
            If there is no such pipeline.
        """
        try:
            return cls(name)
        except ValueError:
            choices = " or ".join(f"“{member.value}”" for member in cls)
            raise AFLocError(f"There is no pipeline of that name; choose {choices}.") from None

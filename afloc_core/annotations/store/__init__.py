"""The review store: one review in an SQLite file, or for a team in a PostgreSQL database.

Nothing but frozen values crosses this package's border; see `Review` for what can be asked of one.
"""

from __future__ import annotations

from afloc_core.annotations.store.opening import open_review
from afloc_core.annotations.store.review import Review
from afloc_core.annotations.store.values import (
    Action,
    ActionKind,
    AddedDocument,
    MarkConflictError,
    Reader,
    ReviewImage,
    ReviewPhrase,
    StoredMark,
    Tally,
)

__all__ = [
    "Action",
    "ActionKind",
    "AddedDocument",
    "MarkConflictError",
    "Reader",
    "Review",
    "ReviewImage",
    "ReviewPhrase",
    "StoredMark",
    "Tally",
    "open_review",
]

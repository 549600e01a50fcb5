"""Errors that people can cause, each one plain sentence that says what to do.

The window shows the sentence, the command line prints it and exits with status 2. Anything else that is raised is a
defect of ours.
"""

from __future__ import annotations


class AFLocError(Exception):
    """Base of every error that a person can cause; ``str(error)`` is one plain sentence."""


class ImageError(AFLocError):
    """A file cannot be opened as a radiograph."""


class PhraseError(AFLocError):
    """A phrase cannot be encoded."""


class ModelError(AFLocError):
    """A model folder or checkpoint cannot be used."""


class RecipeError(AFLocError):
    """A pre-training recipe is wrong or cannot be run here."""


class MarkError(AFLocError):
    """A mark or an annotation file cannot be used."""


class ReviewError(AFLocError):
    """A review file or database cannot be used."""


class ManifestError(AFLocError):
    """A list of cases cannot be used."""


class StudyError(AFLocError):
    """A study file, or the record of a reading study, cannot be used."""

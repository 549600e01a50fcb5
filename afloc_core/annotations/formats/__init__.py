"""Annotation files: one module per format, each recognised by what is in a file and never by its name.

``open_annotations(path)`` reads any of them into a `Document`; ``save_annotations(document, path, format)`` writes it.
"""

from afloc_core.annotations.formats.registry import (
    format_names,
    open_annotations,
    recognises_columns,
    save_annotations,
)

__all__ = ["format_names", "open_annotations", "recognises_columns", "save_annotations"]

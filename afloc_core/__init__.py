"""AFLoc without a screen: radiographs, phrases, heatmaps, and the model between them.

Importing this package loads neither torch nor Qt; the names below are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from afloc_core.version import __version__

if TYPE_CHECKING:
    from afloc_core.imaging.open import open_radiograph
    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.heatmap import Heatmap
    from afloc_core.localization.localizer import Localizer

__all__ = ["Heatmap", "Localizer", "Radiograph", "__version__", "open_radiograph"]

_HOME = {
    "open_radiograph": "afloc_core.imaging.open",
    "Radiograph": "afloc_core.imaging.radiograph",
    "Heatmap": "afloc_core.localization.heatmap",
    "Localizer": "afloc_core.localization.localizer",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (a module's attribute can be anything)
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

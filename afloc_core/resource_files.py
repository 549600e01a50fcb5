"""Where the files that travel with the program are, in a checkout and in an installed wheel alike."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_path(*parts: str) -> Path:
    """Return the path of a bundled resource.

    Parameters
    ----------
    *parts
        Path below ``resources/``, for example ``"models", "aflocmini"``.

    Returns
    -------
    Path
        Below ``afloc_core/_resources`` in an installed wheel, below ``resources/`` in a checkout. It need not exist.
    """
    installed = _PACKAGE / "_resources"
    root = installed if installed.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)

"""The sample case: a real chest film that a package ships."""

from __future__ import annotations

from pathlib import Path

from afloc_core.errors import ImageError
from afloc_core.imaging.quiet import quiet_decoders


def sample_film() -> Path:
    """Return the path of the sample film, a PA chest radiograph with many round metastases.

    Returns
    -------
    Path
        ``RG1_UNCR.dcm`` of the ``pydicom-data`` package (MIT licence); nothing is downloaded.

    Raises
    ------
    ImageError
        ``pydicom-data`` is not installed.
    """
    with quiet_decoders():
        from pydicom.data import get_testdata_file

        found = get_testdata_file("RG1_UNCR.dcm", download=False)
    if found is None:
        raise ImageError("The sample film is missing; install the package pydicom-data.")
    return Path(str(found))

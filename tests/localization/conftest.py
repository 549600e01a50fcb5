"""The bundled model and the sample film, loaded once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from afloc_core import Localizer, open_radiograph
from afloc_core.imaging.sample import sample_film

if TYPE_CHECKING:
    from afloc_core.imaging.radiograph import Radiograph


@pytest.fixture(scope="package")
def localizer() -> Localizer:
    return Localizer.from_pretrained(None)


@pytest.fixture(scope="package")
def film() -> Radiograph:
    return open_radiograph(sample_film())

"""The small method in the place of a model."""

from __future__ import annotations

import pytest

from afloc_core.localization.localizer import Localizer
from tests.cohort.small_cohort import localizer


@pytest.fixture
def spots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any model folder is the small method."""
    monkeypatch.setattr(Localizer, "from_pretrained", classmethod(lambda _cls, _folder=None: localizer()))

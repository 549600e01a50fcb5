"""What every test stands on: no network, no display, no stray window, no warning from Qt."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")


_OFFSCREEN_REMARK = "This plugin does not support"


@pytest.fixture(autouse=True)
def no_qt_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test with a window that leaves one behind, or that makes Qt complain."""
    if not {"qtbot", "qapp", "open_window"} & set(request.fixturenames):
        yield
        return
    log = request.getfixturevalue("qtlog")
    application = request.getfixturevalue("qapp")
    before = set(application.topLevelWidgets())
    yield
    serious = [record for record in log.records if record.type.name in ("QtWarningMsg", "QtCriticalMsg")]
    complaints = [record.message for record in serious if not record.message.startswith(_OFFSCREEN_REMARK)]
    assert not complaints, f"Qt complained: {complaints}"
    left = [widget for widget in set(application.topLevelWidgets()) - before if widget.isVisible()]
    assert not left, f"windows left open: {left}"

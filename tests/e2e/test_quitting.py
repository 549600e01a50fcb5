"""Quitting never waits, whatever the model is doing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app import application, session

def load():
    QTimer.singleShot(0, QApplication.instance(), QApplication.instance().closeAllWindows)
    time.sleep(120)

run = session.run
session.run = lambda arguments: run(arguments, load)
sys.exit(application.main())
"""


def test_quitting_while_the_model_loads_is_quick_and_clean(film_file: Path, tmp_path: Path) -> None:
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    before = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(film_file)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert time.perf_counter() - before < 30
    assert "film.png" in (tmp_path / "AFLoc Review" / "afloc-review.ini").read_text(), "the settings were written"

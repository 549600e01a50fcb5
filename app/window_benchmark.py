"""How long until a window is shown, ours against an empty one, each in a fresh process.

``python -m app.window_benchmark`` prints the medians as JSON: ``{"ours": seconds, "empty": seconds}``. The empty
window is a bare PySide6 main window with an empty pyqtgraph view. Time runs from the start of the process until the
first paint has ended, torch is not loaded in either.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time

_RUNS = 5
_EMPTY = """
import time; start = time.perf_counter()
import pyqtgraph
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
window = QMainWindow()
window.setCentralWidget(pyqtgraph.GraphicsView())
window.resize(1400, 900)
window.show()
window.grab()
print(time.perf_counter() - start)
"""
_OURS = """
import time; start = time.perf_counter()
from app.models.preferences import Preferences
from app.session import assemble, make_application
application = make_application()
window = assemble(lambda: None, Preferences(None)).window
window.resize(1400, 900)
window.show()
window.grab()
print(time.perf_counter() - start)
"""


def main() -> int:
    """Measure and print; 1 when a window could not be started."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    # A program is compiled when it is first started; where that may not be kept, every start would be a first one.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    times: dict[str, list[float]] = {"ours": [], "empty": []}
    for number in range(_RUNS + 1):
        for name, code in (("empty", _EMPTY), ("ours", _OURS)):
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
            )
            if done.returncode:
                return 1
            inside = float(done.stdout.split()[-1])
            if number:
                times[name].append(min(inside, time.perf_counter() - start))
    sys.stdout.write(json.dumps({name: statistics.median(found) for name, found in times.items()}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

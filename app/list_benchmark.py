"""How long it takes to list 100,000 cases, and how long a frame of scrolling through them.

``python -m app.list_benchmark [CASES]`` prints JSON for a table of cases (CSV with fourteen findings) and for a folder
of as many films: seconds until the first film is on screen and until all cases are listed, the longest and the 95th
percentile of what the window was held up meanwhile, the 95th percentile of a frame of scrolling by the wheel, by pages
and by dragging the handle, of choosing a filter, an order and the next case; and what the process grew by in memory
while the whole list was scrolled through.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QScrollBar

    from app.services.localisation import LocalizerLike
    from app.session import Session

CASES = 100_000
_IN_A_FOLDER = 1_000
_FRAMES = 120
_WAIT_S = 120.0
_FINDINGS: tuple[str, ...] = (
    "Atelectasis",
    "Cardiomegaly",
    "Consolidation",
    "Edema",
    "Effusion",
    "Emphysema",
    "Fibrosis",
)
_FINDINGS += ("Hernia", "Infiltration", "Mass", "Nodule", "Pleural_Thickening", "Pneumonia", "Pneumothorax")


def main() -> int:
    """Measure and print."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    sys.stdout.write(json.dumps(measure(count), indent=1) + "\n")
    return 0


def measure(count: int = CASES) -> dict[str, dict[str, float]]:
    """Return the measurements of a table and of a folder; needs a Qt platform without a screen."""
    with tempfile.TemporaryDirectory() as made:
        films = make_films(Path(made) / "films", count)
        table = make_table(Path(made) / "cases.csv", films)
        return {"table": _measure(table, count), "folder": _measure(Path(made) / "films", count)}


def make_films(folder: Path, count: int) -> list[Path]:
    """Make a film under many names."""
    from PIL import Image

    folder.mkdir()
    rows, columns = np.mgrid[0:300, 0:240]
    Image.fromarray(((rows * 7 + columns * 3) % 256).astype(np.uint8)).save(folder / "film.png")
    films = []
    for number in range(count):
        if number % _IN_A_FOLDER == 0:
            inner = folder / f"{number // _IN_A_FOLDER:03d}"
            inner.mkdir()
            source = inner / "0.png"
            source.write_bytes((folder / "film.png").read_bytes())  # a file bears only so many links
        film = inner / f"{number % _IN_A_FOLDER}.png"
        if film != source:
            os.link(source, film)
        films.append(film)
    (folder / "film.png").unlink()
    return films


def make_table(path: Path, films: list[Path]) -> Path:
    """Write a table of films with labels, the same each time."""
    labels = np.random.default_rng(1).choice(["0", "1", "-1", ""], (len(films), len(_FINDINGS)), p=[0.7, 0.1, 0.1, 0.1])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "id", "split", *_FINDINGS])
        for number, (film, said) in enumerate(zip(films, labels.tolist(), strict=True)):
            writer.writerow([film, f"case {number}", ("train", "test")[number % 2], *said])
    return path


def _measure(opened: Path, count: int) -> dict[str, float]:
    from PySide6.QtWidgets import QApplication

    from afloc_core.localization.pipelines import Pipeline
    from app.models.preferences import Preferences
    from app.session import assemble, make_application

    make_application()
    session = assemble(_no_model, Preferences(None))
    session.window.resize(1400, 900)
    session.window.show()
    QApplication.processEvents()
    found: dict[str, float] = {}
    gaps: list[float] = []
    start = time.perf_counter()
    session.controller.start((opened,), "", Pipeline.ALIGNED)
    first = _spin(lambda: session.state.review.film is not None, gaps)
    everything = _spin(lambda: session.controller.case_listing.complete and len(session.state.cases.columns) > 1, gaps)
    found["first film, s"] = first - start
    found["all listed, s"] = everything - start
    found["held up while listing, p95 ms"] = _p95(gaps)
    found["held up while listing, worst ms"] = max(gaps) * 1e3
    if len(session.state.cases.columns) != count:
        raise AssertionError(len(session.state.cases.columns))
    found |= _scroll(session, count) | _choose(session)
    session.window.close()
    return {name: round(value, 2) for name, value in found.items()}


def _scroll(session: Session, count: int) -> dict[str, float]:
    from app.views.case_table import ROW_HEIGHT

    bar = session.window.cases.table.verticalScrollBar()
    found = {}
    _spin(lambda: session.controller.case_listing.aside.waiting == 0, [])
    for name, step in (("wheel", 3 * ROW_HEIGHT), ("page", bar.pageStep()), ("handle", bar.maximum() // _FRAMES)):
        bar.setValue(0)
        _frames(lambda _at: None, 3)
        found[f"scrolling by {name}, p95 ms"] = _p95(_frames(partial(_scroll_by, bar, step)))
    _frames(lambda at: bar.setValue(at * bar.maximum() // 50), 50)
    before = resident()
    _frames(lambda at: bar.setValue(at * bar.maximum() // 2000), 2000)
    found["grown while scrolling through all, MB"] = resident() - before
    found["rows"] = float(count)
    return found


def _scroll_by(bar: QScrollBar, step: int, _at: int) -> None:
    bar.setValue(bar.value() + step)


def _choose(session: Session) -> dict[str, float]:
    from app.models.case_columns import CaseFilter, Progress, Sorting

    cases, listing = session.state.cases, session.controller.case_listing
    wanted = [CaseFilter(text="1"), CaseFilter(progress=Progress.UNDONE), CaseFilter(finding="Mass"), CaseFilter()]
    orders = list(Sorting)
    found = {
        "a filter, p95 ms": _p95(_frames(lambda at: cases.set_filter(wanted[at % len(wanted)]), 20)),
        "an order, p95 ms": _p95(_frames(lambda at: cases.set_sorting(orders[at % len(orders)]), 20)),
    }
    cases.set_sorting(Sorting.LISTED)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        listing.go_to_undone()
        times.append(_spin(lambda: not session.controller.opening, []) - start)
    found["next case on screen, p95 ms"] = _p95(times)
    return found


def _frames(step: Callable[[int], object], count: int = _FRAMES) -> list[float]:
    """Return how long each step and everything painted after it took, in seconds."""
    from PySide6.QtWidgets import QApplication

    times = []
    for at in range(count):
        start = time.perf_counter()
        step(at)
        QApplication.processEvents()
        times.append(time.perf_counter() - start)
    return times


def _spin(ready: Callable[[], bool], gaps: list[float]) -> float:
    """Run the event loop until something is so; note how long each turn of it took, and return when it was so."""
    from PySide6.QtWidgets import QApplication

    end = time.monotonic() + _WAIT_S
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError
        start = time.perf_counter()
        QApplication.processEvents()
        gaps.append(time.perf_counter() - start)
        time.sleep(0.002)
    return time.perf_counter()


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95) * 1e3)


def resident() -> float:
    """Return the memory of this process in MB; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _no_model() -> LocalizerLike:
    """Stand where a model would be loaded."""
    raise ModelError("No model is needed here.")


if __name__ == "__main__":
    sys.exit(main())

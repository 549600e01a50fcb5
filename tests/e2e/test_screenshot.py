"""`--screenshot` without a display: the real window, the map on it, or one sentence and status 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys
from app import application, session
from tests.app.fakes import FakeLocalizer
run = session.run
session.run = lambda arguments: run(arguments, FakeLocalizer)
sys.exit(application.main())
"""


def start(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the program over a fake model, without a display and with a home of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "DISPLAY")}
    environment["QT_QPA_PLATFORM"] = "xcb"  # a picture needs no display, whatever the environment asks for
    environment |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_it_writes_the_window_with_the_map(film_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    done = start(str(film_file), "--phrase", "mass", "--screenshot", str(target), "--size", "1000x700", home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(target) as picture:
        assert picture.size == (1000, 700)
        colours = np.asarray(picture.convert("RGB")).astype(int)
    assert (colours[..., 0] > colours[..., 2] + 60).sum() > 2000
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".ini"] == [], "no settings are written"


def test_it_needs_no_phrase(tmp_path: Path) -> None:
    done = start("--screenshot", str(tmp_path / "out.png"), home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out.png").stat().st_size > 10_000


def test_marks_that_do_not_fit_are_in_the_picture_with_the_sentence_that_says_so(
    film_file: Path, tmp_path: Path
) -> None:
    marks, pictures = film_file.with_name("marks.json"), []
    for left in (10, 900):
        shape = {"label": "nodule", "shape_type": "rectangle", "points": [[left, 20], [left + 60, 90]]}
        marks.write_text(json.dumps({"shapes": [shape], "imagePath": "film.png"}), encoding="utf-8")
        target = tmp_path / f"{left}.png"
        done = start(
            *(str(film_file), "--annotations", str(marks), "--phrase", "mass", "--size", "1000x700"),
            *("--screenshot", str(target)),
            home=tmp_path,
        )
        assert (done.returncode, done.stderr) == (0, "")
        with Image.open(target) as picture:
            pictures.append(np.asarray(picture.convert("L")).astype(int))
    fitting, outside = pictures
    assert (np.abs(fitting - outside)[60:110, 20:700] > 100).sum() > 300, "the sentence above the film"


@pytest.mark.parametrize("case", ["missing film", "bad phrase", "bad target"])
def test_what_is_not_possible_is_one_sentence(film_file: Path, tmp_path: Path, case: str) -> None:
    film = str(film_file) if case != "missing film" else str(tmp_path / "nowhere.png")
    phrase = "nonsense" if case == "bad phrase" else "mass"
    target = tmp_path / ("no-such-folder" if case == "bad target" else "") / "out.png"
    done = start(film, "--phrase", phrase, "--screenshot", str(target), home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert not target.exists()


def test_of_several_paths_the_one_that_does_not_exist_is_named(film_file: Path, tmp_path: Path) -> None:
    marks, target = tmp_path / "no-marks.json", tmp_path / "out.png"
    arguments = (str(film_file), "--annotations", str(film_file), str(marks), "--screenshot", str(target))
    done = start(*arguments, home=tmp_path)
    assert (done.returncode, done.stderr) == (2, f"There is no such file or folder: {marks}\n")

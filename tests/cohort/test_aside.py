"""Small pictures and headers from a process that everything else goes before."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from afloc_core.imaging.open import open_radiograph
from afloc_core.imaging.sample import sample_film
from afloc_core.imaging.thumbnail import thumbnail
from tests.app.fakes import radiograph

if TYPE_CHECKING:
    from pathlib import Path


def answers(*requests: dict[str, object]) -> list[dict[str, object]]:
    text = "".join(f"{json.dumps(request)}\n" for request in requests)
    run = subprocess.run(
        [sys.executable, "-m", "afloc_core.cohort.aside", "32"], input=text, capture_output=True, text=True, check=True
    )
    assert run.stderr == ""
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_a_thumbnail_is_the_film_in_small() -> None:
    small = thumbnail(radiograph(300, 240), 88)
    assert small.shape == (88, 70)
    assert abs(int(small[0, 0]) - 2) <= 2
    assert abs(int(small[0, -1]) - 253) <= 3
    assert abs(int(small[44, 35]) - round(3000 / 4095 * 255)) <= 1


def test_a_film_smaller_than_a_thumbnail_stays_as_it_is() -> None:
    assert thumbnail(radiograph(20, 30), 88).shape == (20, 30)


def test_the_process_answers_in_order_and_a_file_that_is_no_film_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    Image.fromarray(np.full((64, 32), 128, np.uint8)).save(tmp_path / "grey.png")
    sample = str(sample_film())
    broken, grey, headers = answers(
        {"thumbnail": str(tmp_path / "broken.png")},
        {"thumbnail": str(tmp_path / "grey.png")},
        {"headers": [sample, str(tmp_path / "grey.png")]},
    )
    assert broken == {"size": None}
    assert grey["size"] == [32, 16]
    assert set(base64.b64decode(str(grey["pixels"]))) == {128}
    (study, _series, view), nothing = headers["headers"]  # type: ignore[misc,attr-defined]
    assert view == open_radiograph(sample).view == "PA"
    assert study
    assert nothing == ["", "", ""]

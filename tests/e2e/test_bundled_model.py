"""The whole program, nothing replaced: main.py, the sample film and the bundled model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

MAIN = Path(__file__).resolve().parents[2] / "main.py"


def heat(tmp_path: Path, phrase: str) -> int:
    """Count pixels of the written window that are clearly warm: inferno's upper half over the film."""
    target = tmp_path / "window.png"
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, str(MAIN), "--phrase", phrase, "--screenshot", str(target)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(target) as picture:
        film = np.asarray(picture.convert("RGB")).astype(int)[120:-60, : picture.width * 7 // 10]  # left of the legend
    return int((film[..., 0] > film[..., 2] + 60).sum())


def test_masses_are_hot_and_an_absent_finding_stays_cold(tmp_path: Path) -> None:
    masses = heat(tmp_path, "multiple lung masses")
    assert masses > 5000
    assert heat(tmp_path, "cardiomegaly") < masses / 4

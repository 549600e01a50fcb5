"""Image-report pairs that are drawn in the test, and a recipe for them that two cores run in seconds."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.published_weights import REFERENCE

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = """
name = "drawn"
method = "published"
seed = 3

[pairs]
table = "pairs.csv"
images = "images"
workers = {workers}

[start]
tokenizer = "{tokenizer}"

[size]
frame_size = 64
input_size = 64
width = 32
text_layers = 4
vocabulary = 30522
dropout = {dropout}

[training]
batch = {batch}
epochs = {epochs}
learning_rate = 1e-3
precision = "{precision}"
"""
WORDS = {"left": "effusion", "right": "nodule"}


def draw_pairs(folder: Path, train: int = 12, validation: int = 4) -> Path:
    """Draw films with a bright disc on one side and write their table; return its path."""
    rng = np.random.default_rng(5)
    (folder / "images").mkdir(parents=True)
    y, x = np.mgrid[:80, :72]
    rows = []
    for number in range(train + validation):
        side = ("left", "right")[number % 2]
        high = ("upper", "lower")[number // 2 % 2]
        centre = (20 if high == "upper" else 60, 54 if side == "left" else 18)
        disc = np.hypot(y - centre[0], x - centre[1]) < rng.uniform(8, 14)
        film = rng.normal(60, 8, (80, 72)) + 120 * disc
        Image.fromarray(np.clip(film, 0, 255).astype(np.uint8)).save(folder / "images" / f"{number}.png")
        findings = f"There is a {side} {WORDS[side]}.\nIt lies in the {high} zone. The heart is number {number}."
        split = "train" if number < train else "validation"
        rows.append((f"{number}.png", split, findings, f"{side} {WORDS[side]}"))
    table = folder / "pairs.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("image", "split", "findings", "impression"), *rows])
    return table


def write_recipe(
    folder: Path, *, batch: int = 4, epochs: int = 2, workers: int = 0, dropout: float = 0.0, precision: str = "float32"
) -> Path:
    """Write a recipe beside the table."""
    file = folder / "recipe.toml"
    file.write_text(
        RECIPE.format(
            tokenizer=REFERENCE.as_posix(), batch=batch, epochs=epochs, workers=workers, dropout=dropout,
            precision=precision,
        ),
        encoding="utf-8",
    )  # fmt: skip
    return file

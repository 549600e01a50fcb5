"""The contact sheet: simulated films to look at, without any training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from afloc_core.cli import main
from afloc_core.pretraining.contact_sheet import CAPTION, COLUMNS
from afloc_core.pretraining.simulation.anatomy import FRAME
from afloc_core.pretraining.simulation.finding import KINDS
from afloc_core.pretraining.simulation.phantom import phantom

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = """
name = "sheet"

[data]
films = "films"
labels = "labels.csv"
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Write a recipe with one normal film on which lungs are found."""
    (tmp_path / "films").mkdir()
    film = np.round(255 * phantom(np.random.default_rng(0)).film).astype(np.uint8)
    Image.fromarray(film).save(tmp_path / "films" / "normal.png")
    (tmp_path / "labels.csv").write_text("image,split,findings\nnormal.png,train,No Finding\n", encoding="utf-8")
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return tmp_path / "recipe.toml"


def test_the_sheet_has_a_row_of_pairs_for_every_finding(recipe: Path, tmp_path: Path) -> None:
    assert main(["pretrain", str(recipe), "--contact-sheet", str(tmp_path / "sheet.png")]) == 0
    with Image.open(tmp_path / "sheet.png") as picture:
        sheet = np.asarray(picture).astype(int)
    assert sheet.shape == (len(KINDS) * (CAPTION + FRAME), 2 * COLUMNS * FRAME, 3)
    for row in range(len(KINDS)):
        strip = sheet[row * (CAPTION + FRAME) :][: CAPTION + FRAME]
        plain, pairs = strip[CAPTION:, :FRAME], strip[CAPTION:]  # a finding need not fit the first time
        assert strip[:CAPTION].any(), "a caption"
        assert (plain[..., 0] == plain[..., 2]).all(), "the film itself is grey"
        assert (pairs[..., 0] != pairs[..., 2]).any(), "the outline is coloured"


@pytest.mark.parametrize("name", ["no-folder/sheet.png", "sheet.unknown"])
def test_a_sheet_that_cannot_be_written_is_said_in_one_sentence(
    recipe: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pretrain", str(recipe), "--contact-sheet", str(tmp_path / name)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_recipe_without_normal_films_is_said_in_one_sentence(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "labels.csv").write_text("image,split,findings\nnormal.png,train,Mass\n", encoding="utf-8")
    assert main(["pretrain", str(recipe), "--contact-sheet", str(tmp_path / "sheet.png")]) == 2
    assert "No lungs were found" in capsys.readouterr().err

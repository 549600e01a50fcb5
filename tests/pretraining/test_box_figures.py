"""Boxes that readers drew: read, measured and drawn where they are, never needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from afloc_core.errors import RecipeError
from afloc_core.localization.afloc_method import AFLocMethod
from afloc_core.localization.localizer import Localizer
from afloc_core.pretraining.box_figures import box_figures, read_boxes
from afloc_core.pretraining.films import Film
from tests.small_model import small_model

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "image,finding,x,y,w,h\n"


def test_boxes_of_one_film_and_finding_belong_together_and_absent_films_are_left_out(tmp_path: Path) -> None:
    Image.new("L", (100, 80)).save(tmp_path / "a.png")
    (tmp_path / "boxes.csv").write_text(
        f"{HEADER}a.png,Mass,1,2,3,4\na.png,Mass,50,2,3,4\na.png,Nodule,5,6,7,8\nb.png,Mass,1,1,1,1\n"
    )
    rows = read_boxes(str(tmp_path / "boxes.csv"), str(tmp_path))
    assert [(row.finding, len(row.boxes)) for row in rows] == [("Mass", 2), ("Nodule", 1)]


@pytest.mark.parametrize(("text", "says"), [(None, "cannot be read"), ("image,finding\na.png,Mass\n", "columns image")])
def test_wrong_boxes_files_get_one_sentence(text: str | None, says: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "boxes.csv").write_text(text)
    with pytest.raises(RecipeError, match=says):
        read_boxes(str(tmp_path / "boxes.csv"), str(tmp_path))


def test_a_box_at_the_centre_is_hit_by_the_centre_and_drawn(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (160, 200), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    (tmp_path / "boxes.csv").write_text(f"{HEADER}a.png,Infiltrate,80,60,40,40\n")
    model, processor = small_model()
    localizer = Localizer(AFLocMethod(model, processor, digest=""))
    training = [Film(tmp_path / "a.png", (), "train")]
    boxed = read_boxes(str(tmp_path / "boxes.csv"), str(tmp_path))
    (row,) = box_figures(localizer, boxed, training, tmp_path / "pictures")
    assert row["phrase"] == "infiltration"
    hit, iou, cnr = row["centre"]  # type: ignore[misc]
    assert (hit, cnr > 1, 0 < iou < 1) == (1, True, True)
    assert row["model"] == pytest.approx(row["mean_map"], abs=0.2), "one film is its own mean, but for its square frame"
    picture = np.asarray(Image.open(tmp_path / "pictures" / "01-infiltrate.png"))
    assert tuple(picture[60, 100]) == (90, 220, 255)

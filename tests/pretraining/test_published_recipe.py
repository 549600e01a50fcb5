"""The published recipe: its settings, its table of pairs, its captions."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core.cli import main
from afloc_core.errors import RecipeError
from afloc_core.modeling.configuration_afloc import AFLocConfig
from afloc_core.pretraining.published.batches import Schedule, prepared_frame
from afloc_core.pretraining.published.captions import drawn_caption, report_sentences, shortened
from afloc_core.pretraining.published.pairs import PackedTexts, read_pairs
from afloc_core.pretraining.published.recipe import PairOptions, PublishedRecipe, is_published, read_published_recipe
from afloc_core.resource_files import resource_path
from tests.pretraining.drawn_pairs import draw_pairs, write_recipe
from tests.small_model import small_model

if TYPE_CHECKING:
    from pathlib import Path

BUNDLED = resource_path("models", "aflocmini.toml")
PUBLISHED = resource_path("models", "afloc-published.toml")


def table(folder: Path, *rows: tuple[str, ...], head: tuple[str, ...] = ("image", "split", "report")) -> PairOptions:
    with (folder / "pairs.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return PairOptions(str(folder / "pairs.csv"), str(folder))


def test_the_recipe_file_has_the_published_settings() -> None:
    recipe = read_published_recipe(PUBLISHED)
    training, loss, size = recipe.training, recipe.loss, recipe.size
    assert (training.batch, training.epochs, training.learning_rate, training.decay) == (128, 5, 2e-5, 0.9)
    assert (training.beta1, training.beta2, training.weight_decay, training.clip) == (0.5, 0.999, 1e-6, 0.25)
    assert (loss.report, loss.sentence, loss.word) == (1, 1, 1)
    assert (loss.attention_sharpness, loss.pooling_sharpness, loss.contrast_sharpness) == (4, 5, 10)
    assert (size.frame_size, size.input_size, size.width, size.text_layers) == (224, 299, 768, 12)
    assert (size.vocabulary, size.dropout) == (28996, 0.1)
    assert recipe.start.image and recipe.start.text
    published = AFLocConfig()
    assert (published.frame_size, published.input_size, published.projection_dim) == (224, 299, 768)
    assert (published.word_slots, published.last_layers) == (97, 4)


def test_the_recipe_file_says_every_default_so_that_nothing_is_hidden() -> None:
    written, plain = read_published_recipe(PUBLISHED), PublishedRecipe("AFLoc", PairOptions("", ""))
    assert written.without_paths() == plain.without_paths()


def test_published_errors_are_off_unless_asked_for() -> None:
    options = read_published_recipe(PUBLISHED).pairs
    assert (options.cleaning, options.whole_reports, options.five_word_stop) == ("ours", True, False)
    assert read_published_recipe(PUBLISHED).loss.groups == 1


def test_the_kind_of_a_recipe_is_told_from_the_file(tmp_path: Path) -> None:
    assert is_published(PUBLISHED)
    assert not is_published(BUNDLED)
    (tmp_path / "other.toml").write_text('method = "gradcam"')
    with pytest.raises(RecipeError, match="must be “published”"):
        is_published(tmp_path / "other.toml")


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("batch = 4", "batch = 1", "at least 2"),
        ("batch = 4", "batch = true", "must be a whole number"),
        ("learning_rate = 1e-3", "learning_rate = -1", "above 0"),
        ("learning_rate = 1e-3", "learning_rate = nan", "above 0"),
        ("learning_rate = 1e-3", "learning_rate = 1e-3\ndecay = -1.0", "above 0"),
        ("learning_rate = 1e-3", "learning_rate = 1e-3\nbeta1 = 1.5", "below 1"),
        ("learning_rate = 1e-3", "learning_rate = 1e-3\nweight_decay = -1.0", "not negative"),
        ("seed = 3", "seed = -1", "must not be negative"),
        ("width = 32", "width = 208", "above 128 of 64"),
        ("vocabulary = 30522", "vocabulary = 0", "at least 1"),
        ('precision = "float32"', 'precision = "fp16"', "must be “auto” or “bf16” or “float32”"),
        ("width = 32", "width = 30", "multiple of 16"),
        ("workers = 0", "workers = -1", "must not be negative"),
        ('table = "pairs.csv"', "", "lacks “table”"),
        ("seed = 3", "seed = 3\nsteps = 5", "unknown key “steps”"),
    ],
)
def test_wrong_recipes_get_one_sentence(wrong: str, right: str, says: str, tmp_path: Path) -> None:
    file = write_recipe(tmp_path)
    file.write_text(file.read_text().replace(wrong, right))
    with pytest.raises(RecipeError, match=says):
        read_published_recipe(file)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        (b"image,split\na.png,train\n", "columns image, split, and report"),
        (b"\xff\xfe\x00i", "not a CSV in UTF-8"),
        (b"image,split,report\na.png,train,effusion\n", "fewer than two usable rows of the split “train”"),
        (b"image,split,report\n" + 9 * b"a.png,train,effusion\n", "rows of the split “validation”"),
    ],
)
def test_a_bad_table_gets_one_sentence_and_exit_2(
    content: bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = write_recipe(tmp_path)
    if content is not None:
        (tmp_path / "pairs.csv").write_bytes(content)
    assert main(["pretrain", str(recipe), "--output", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert says in said
    assert said.endswith(".")
    assert "Traceback" not in said


@pytest.mark.parametrize("switch", [("--contact-sheet", "sheet.png"), ("--output", "run", "--phantoms", "16")])
def test_switches_for_simulated_films_are_refused(
    switch: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pretrain", str(write_recipe(tmp_path)), *switch]) == 2
    assert "simulates no films" in capsys.readouterr().err


def test_rows_that_cannot_be_used_are_left_out_and_counted(tmp_path: Path) -> None:
    options = table(
        tmp_path,
        ("a.png", "train", "PA", "", "Effusion.", "Left effusion."),
        ("b.png", "train", "LATERAL", "", "Effusion.", ""),
        ("", "train", "AP", "", "Effusion.", ""),
        ("c.png", "train", "AP", "", "", " ?"),
        ("d.png", "train", "frontal", "", "", "Normal film."),
        ("e.png", "MS-CXR", "PA", "", "Mass.", ""),
        ("f.png", "validate", "PA", "Seen: a mass.", "not read", ""),
        ("g.png", "Validation", "PA", "Mass.", "", ""),
        head=("image", "split", "view", "report", "findings", "impression"),
    )
    pairs = read_pairs(options)
    train, validation = pairs["train"], pairs["validation"]
    assert train.left_out == {"no frontal view": 1, "no image name": 1, "no readable report": 1}
    assert [train.image(row).name for row in range(len(train))] == ["a.png", "d.png"]
    assert train.sentences(0) == ["effusion", "left effusion"]
    assert [validation.sentences(row) for row in range(len(validation))] == [["seen a mass"], ["mass"]]


def test_packed_texts_are_the_texts() -> None:
    texts = ["", "é tube", "left\neffusion", ""]
    packed = PackedTexts(texts)
    assert [packed[i] for i in range(len(packed))] == texts
    assert len(PackedTexts([])) == 0


def test_reports_are_cleaned_our_way_or_as_published() -> None:
    report = "FINDINGS:\nA 3.5 cm mass in the\nleft lung. Pneumonia.\n\nImpression: ___ mass"
    assert report_sentences(report, "ours") == [
        "findings a 3.5 cm mass in the left lung",
        "pneumonia",
        "impression mass",
    ]
    assert report_sentences(report, "published") == [
        "findings a",
        "5 cm mass in the left lung",
        "impression ___ mass",
    ]


def test_the_published_word_limit_can_be_brought_back() -> None:
    report = "No effusion seen. Heart normal. Lungs clear."
    assert len(report_sentences(report, "ours")) == 3
    assert report_sentences(report, "ours", five_word_stop=True) == ["no effusion seen", "heart normal"]
    assert len(report_sentences("No large effusion seen. Heart normal.", "ours", five_word_stop=True)) == 2


def test_sentences_are_drawn_without_replacement_and_whole_reports_only_where_asked() -> None:
    sentences = ["one", "two", "three"]
    rng = np.random.default_rng(0)
    drawn = {
        whole: [drawn_caption(sentences, rng, whole_reports=whole).split(". ") for _ in range(200)]
        for whole in (True, False)
    }
    for captions in drawn.values():
        assert all(len(set(caption)) == len(caption) and set(caption) <= set(sentences) for caption in captions)
    assert {len(caption) for caption in drawn[True]} == {1, 2, 3}
    assert {len(caption) for caption in drawn[False]} == {1, 2}
    assert {caption[0] for caption in drawn[True]} == set(sentences)
    assert drawn_caption(["alone"], rng, whole_reports=False) == "alone"


def test_a_long_report_is_cut_between_words_to_what_the_slots_hold() -> None:
    _, processor = small_model()
    caption = ". ".join(["pneumomediastinum with cardiomegaly"] * 40)
    short = shortened(caption, processor)
    assert caption.startswith(short)
    assert caption[len(short)] in " ."
    pieces = processor.encode([short]).input_ids.shape[1]
    assert 97 - 12 < pieces <= 97
    assert shortened("no effusion", processor) == "no effusion"


def test_every_epoch_shows_every_row_once_in_an_order_of_its_own() -> None:
    schedule = Schedule(rows=12, batch=4, epochs=2, seed=1)
    epochs = [[turn.row for step in range(3 * e, 3 * e + 3) for turn in schedule.turns(step)] for e in range(2)]
    assert schedule.steps == 6
    assert [sorted(rows) for rows in epochs] == [list(range(12))] * 2
    assert epochs[0] != epochs[1]
    assert schedule.turns(4) == Schedule(12, 4, 9, 1).turns(4)


def test_a_random_crop_is_a_part_of_the_larger_frame() -> None:
    pixels = np.random.default_rng(0).random((300, 300), dtype=np.float32)
    frames = [prepared_frame(pixels, 224, np.random.default_rng(seed)) for seed in (1, 2)]
    assert [frame.shape for frame in frames] == [(224, 224)] * 2
    assert not np.array_equal(*frames)
    larger = prepared_frame(pixels, 256, None)
    windows = np.lib.stride_tricks.sliding_window_view(larger, (224, 224))
    assert any(np.array_equal(window, frames[0]) for row in windows for window in row)


def test_the_recipe_as_the_card_shows_it_has_no_paths(tmp_path: Path) -> None:
    draw_pairs(tmp_path)
    values = json.dumps(read_published_recipe(write_recipe(tmp_path)).without_paths())
    assert str(tmp_path) not in values

"""Training: the recipe, the targets, and that an interrupted run ends where an uninterrupted one does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from afloc_core.errors import RecipeError
from afloc_core.pretraining.calibration import fit_logistic
from afloc_core.pretraining.distributed import ALONE, Processes
from afloc_core.pretraining.films import read_films, read_patients
from afloc_core.pretraining.objective import make_target, several_positives
from afloc_core.pretraining.pool import TrainingPool
from afloc_core.pretraining.recipe import Data, Recipe, Training, read_recipe
from afloc_core.pretraining.samples import Sample
from afloc_core.pretraining.simulation.finding import SimulatedFinding
from afloc_core.pretraining.start import continue_from, freeze
from afloc_core.pretraining.train import Trainer
from afloc_core.pretraining.validation import area_under_curve, mean_area
from afloc_core.resource_files import resource_path
from tests.small_model import small_model

if TYPE_CHECKING:
    from pathlib import Path

MASK = np.zeros((2, 2), dtype=bool)
LEFT_MASS = SimulatedFinding("mass", "left", ("upper",), 1, "large", MASK, (("left", "upper"),))
EFFUSION = SimulatedFinding("effusion", "right", ("lower",), 1, "small", MASK, (("right", "lower"),))


def samples() -> list[Sample]:
    simulated = [Sample(base, findings) for base in range(2) for findings in ((LEFT_MASS,), (EFFUSION,), ())]
    return [*simulated, Sample(2, None, ("Effusion",)), Sample(3, None), Sample(4, None, ("Mass", "Nodule"))]


def recipe(steps: int) -> Recipe:
    options = Training(steps=6, warmup=2, bases=2, variants=2, real=2, exchange_from=2, positions_from=3)
    return Recipe("test", Data("", ""), training=replace(options, steps=steps))


def trainer(folder: Path, steps: int, minutes: float | None = None, here: Processes = ALONE) -> Trainer:
    model, processor = small_model()
    freeze(model)
    features = np.random.default_rng(0).normal(size=(9, 40, 36, 36)).astype(np.float16)
    folder.mkdir(exist_ok=True)
    return Trainer(model, processor, TrainingPool(features, samples()), recipe(steps), folder, minutes, here)


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums in another order differ in the last digit
    try:
        whole = trainer(tmp_path / "whole", 6)
        start = whole.model.vision.deep_projection.project.weight.detach().clone()
        whole.run()
        cut = trainer(tmp_path / "cut", 6)
        cut.model.train()
        for _ in range(3):
            cut._update(cut.batches[cut.step])
            cut.step += 1
        cut._save()
        resumed = trainer(tmp_path / "cut", 6)
        assert resumed.step == 3
        resumed.run()
    finally:
        torch.set_num_threads(threads)
    ends = [one.model.vision.deep_projection.project.weight for one in (whole, resumed)]
    torch.testing.assert_close(*ends)
    assert not torch.allclose(ends[0], start)
    norms = [one.model.vision.deep_projection.norm for one in (whole, resumed)]
    torch.testing.assert_close(norms[0].running_mean, norms[1].running_mean)
    assert norms[0].num_batches_tracked == 16, "statistics are taken of the averaged weights"
    assert (tmp_path / "cut" / "checkpoint.pt").is_file()


def test_a_run_that_is_out_of_time_ends_and_its_rest_can_be_trained_later(tmp_path: Path) -> None:
    cut = trainer(tmp_path / "run", 400, minutes=1e-6)
    cut.run()
    assert cut.step == 1
    again = trainer(tmp_path / "run", 3)
    again.run()
    assert (again.step, torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["step"]) == (3, 3)


def test_the_learning_rate_follows_the_limit_that_comes_first(tmp_path: Path) -> None:
    whole, cut = trainer(tmp_path / "whole", 400), trainer(tmp_path / "cut", 400, minutes=1)
    for run in (whole, cut):
        run.step = 100
    assert whole._pace() == pytest.approx(cut._pace())
    cut._seconds = 30.0
    assert cut._pace() == pytest.approx(0.03 + 0.97 / 2)
    cut._seconds = 60.0
    assert cut._pace() == pytest.approx(0.03)
    cut.step = 0
    cut._seconds = 6.0
    assert cut._pace() < 0.6, "the rate rises at the beginning of a short run too"


def test_the_first_stages_are_trained_on_frames_where_the_recipe_says_so(tmp_path: Path) -> None:
    model, processor = small_model()
    freeze(model, first_stages=False)
    frames = np.random.default_rng(0).integers(0, 256, (9, 1, 288, 288), dtype=np.uint8)
    pool = TrainingPool(frames, samples())
    assert pool.of_frames
    assert float(pool.read([0]).min()) == -1.0
    assert float(pool.read([0]).max()) == 1.0
    stem = model.vision.backbone.stem.weight
    before = stem.detach().clone()
    Trainer(model, processor, pool, recipe(2), tmp_path).run()
    assert not torch.equal(stem, before)


def test_the_same_batches_are_made_ahead_of_time_by_other_processes(tmp_path: Path) -> None:
    batches = trainer(tmp_path, 3).batches
    for here, there in zip(batches.from_step(1, 0), batches.from_step(1, 2), strict=True):
        assert here.target.texts == there.target.texts
        torch.testing.assert_close(here.inputs, there.inputs)
        torch.testing.assert_close(here.target.region, there.target.region)


def test_the_model_that_training_starts_from_keeps_its_share_of_the_mean(tmp_path: Path) -> None:
    share = 0.25
    runs = [trainer(tmp_path / str(number), 2) for number in range(2)]
    name = "vision.deep_projection.project.weight"
    start = dict(runs[0].model.named_parameters())[name].detach().clone()
    for number, run in enumerate(runs):
        run.recipe = replace(run.recipe, start="an earlier model", start_share=share)
        run._average[name] = torch.full_like(start, float(number))
    runs[0].adopt_mean(runs[1:])
    torch.testing.assert_close(runs[0].model.state_dict()[name], share * start + (1 - share) * 0.5)
    runs[1].adopt_average()
    torch.testing.assert_close(runs[1].model.state_dict()[name], share * start + (1 - share) * 1.0)


@pytest.mark.parametrize("head", ["fine", "context"])
def test_an_earlier_model_lends_its_encoders_and_its_head_if_it_is_the_same(tmp_path: Path, head: str) -> None:
    earlier, _ = small_model(seed=1, head=head)
    earlier.save_pretrained(tmp_path)
    model, _ = small_model(seed=2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert not continue_from(model, "")
    assert continue_from(model, str(tmp_path)) is (head == "fine")
    for name, value in model.state_dict().items():
        own = "deep_projection" in name and head != "fine"
        if own or any(part in name for part in ("deep_projection", "backbone.stem.", "stages.3.", ".bert.encoder.")):
            torch.testing.assert_close(value, before[name] if own else earlier.state_dict()[name])


def test_a_start_that_cannot_be_read_is_said_in_one_sentence(tmp_path: Path) -> None:
    model, _ = small_model()
    with pytest.raises(RecipeError, match="correct “start”"):
        continue_from(model, str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(RecipeError, match="correct “start”"):
        continue_from(model, str(tmp_path))


def test_a_head_sees_places_and_the_last_stage_when_it_is_time(tmp_path: Path) -> None:
    for head in ("fine", "context"):
        model, _ = small_model(head=head)
        projection = model.vision.deep_projection
        stages = [torch.randn(1, channels, side, side) for channels, side in ((40, 36), (112, 18), (320, 9))]
        changed = [stages[0], stages[1], stages[2] + 5]
        projection.hide(places=True, focused=False)
        assert not torch.allclose(projection(*stages), projection(*changed))
        even = projection(*(torch.zeros_like(stage) for stage in stages))[..., 2:-2, 2:-2]
        assert torch.allclose(even, even[..., :1, :1].expand_as(even), atol=1e-6)
        projection.hide(places=True, focused=True)
        torch.testing.assert_close(projection(*stages), projection(*changed))


def test_frozen_parts_stay(tmp_path: Path) -> None:
    run = trainer(tmp_path / "run", 2)
    frozen = {name: p.clone() for name, p in run.model.named_parameters() if not p.requires_grad}
    assert any("stem" in name for name in frozen)
    assert any("word_embeddings" in name for name in frozen)
    run.run()
    for name, parameter in run.model.named_parameters():
        if name in frozen:
            torch.testing.assert_close(parameter, frozen[name])


def test_targets_say_what_is_true_of_every_film() -> None:
    target = make_target(samples(), np.random.default_rng(1), exchange=True, options=Training())
    for statement, film in enumerate(target.owner.tolist()):
        assert target.truth[film, statement] == 1
    assert set(target.truth.unique().tolist()) <= {-1, 0, 1}
    exchanged = target.truth[:, len(target.owner) :]
    assert exchanged.shape[1] > 0
    assert target.weight.max() == 4.0  # a mass on the wrong side of a film that has a mass
    misplaced = (target.weight == 4.0) & (target.truth == 0)
    assert misplaced.any()


def test_several_positives_equals_cross_entropy_when_there_is_one() -> None:
    similarity = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    one = torch.eye(5, dtype=torch.int8)
    index = torch.arange(5)
    expected = torch.nn.functional.cross_entropy(similarity, index) + torch.nn.functional.cross_entropy(
        similarity.T, index
    )
    torch.testing.assert_close(several_positives(similarity, one), expected)
    unknown = one.clone()
    unknown[0, 1] = -1
    assert several_positives(similarity, unknown) < expected


def test_area_under_curve_by_hand() -> None:
    scores = np.array([0.1, 0.4, 0.4, 0.8])
    assert area_under_curve(scores, np.array([False, False, True, True])) == pytest.approx((1 + 0.5 + 1 + 1) / 4)
    assert mean_area({"mass": (0.6, 12), "edema": (0.8, 40)}) == pytest.approx(0.7)
    assert np.isnan(mean_area({})), "too few films of every label"


def test_logistic_puts_one_half_between_the_groups() -> None:
    rng = np.random.default_rng(0)
    scale, bias = fit_logistic(rng.normal(0.6, 0.1, 400), rng.normal(0.2, 0.1, 4000))
    assert -bias / scale == pytest.approx(0.4, abs=0.02)
    assert scale > 10


def test_the_bundled_recipe_reads() -> None:
    bundled = read_recipe(resource_path("models", "aflocmini.toml"))
    assert bundled.name == "AFLoc-mini"
    assert bundled.training.steps > 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "not valid TOML"),
        ('name = "x"', "lacks “data”"),
        ('name = "x"\n[data]\nfilms = "a"', "lacks “labels”"),
        ('name = "x"\nsteps = 3\n[data]\nfilms = "a"\nlabels = "b"', "unknown key “steps”"),
        ('name = "x"\n[data]\nfilms = "a"\nlabels = "b"\n[training]\nsteps = "many"', "must be a whole number"),
        ('name = "x"\ntraining = 3\n[data]\nfilms = "a"\nlabels = "b"', "must hold keys"),
    ],
)
def test_wrong_recipes_get_one_sentence(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(text)
    with pytest.raises(RecipeError, match=says):
        read_recipe(file)


def test_wrong_labels_files_get_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        read_films(Data(str(tmp_path), str(tmp_path / "none.csv")), "train")
    (tmp_path / "labels.csv").write_text("image,split\na.png,train\n")
    with pytest.raises(RecipeError, match="columns"):
        read_films(Data(str(tmp_path), str(tmp_path / "labels.csv")), "train")
    (tmp_path / "labels.csv").write_text("image,split,findings\na.png,train,No Finding\n")
    films = read_films(Data(str(tmp_path), str(tmp_path / "labels.csv")), "train")
    assert films[0].normal
    with pytest.raises(RecipeError, match="validation"):
        read_films(Data(str(tmp_path), str(tmp_path / "labels.csv")), "validation")


def test_whose_film_it_is_may_be_told(tmp_path: Path) -> None:
    data = Data(str(tmp_path), str(tmp_path / "labels.csv"))
    (tmp_path / "labels.csv").write_text("image,split,findings,patient\na.png,train,Mass,7\nb.png,test,Mass,7\n")
    assert read_patients(data) == {tmp_path / "a.png": "7", tmp_path / "b.png": "7"}
    (tmp_path / "labels.csv").write_text("image,split,findings\na.png,train,Mass\nb.png,test,Mass\n")
    assert read_patients(data) == {tmp_path / "a.png": "a.png", tmp_path / "b.png": "b.png"}


def test_the_mean_is_measured_where_the_runs_were_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = trainer(tmp_path / "first", 1), trainer(tmp_path / "second", 1)
    for run in (first, second):
        run.run()
    met: list[object] = []
    moved = first.model.to
    monkeypatch.setattr(first.model, "to", lambda device: met.append(device) or moved(device))
    monkeypatch.setattr(first, "_measure_norms", lambda: met.append("norms"))
    first.adopt_mean([second])
    assert met == [first.here.device, "norms"], "a run ends on the processor, features go to the device"


def test_the_mean_of_two_runs_has_the_mean_of_their_weights(tmp_path: Path) -> None:
    first, second = trainer(tmp_path / "first", 2), trainer(tmp_path / "second", 4)
    for run in (first, second):
        run.run()
    alone = [run.model.vision.deep_projection.project.weight.detach().clone() for run in (first, second)]
    assert not torch.allclose(*alone)
    first.adopt_mean([second])
    torch.testing.assert_close(first.model.vision.deep_projection.project.weight, (alone[0] + alone[1]) / 2)
    torch.testing.assert_close(second.model.vision.deep_projection.project.weight, alone[1])

"""A run is the same run however it is carried out: threads, processes, a cache, an end in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from afloc_core.annotations.formats import open_annotations
from afloc_core.cohort.cases import make_cohort
from afloc_core.cohort.conduct import Setup, conduct, conduct_labels, forget
from afloc_core.cohort.feature_cache import FeatureCache
from afloc_core.cohort.film_scoring import Rules
from afloc_core.cohort.labels import LabelledFilm
from afloc_core.cohort.map_options import MapOptions
from afloc_core.cohort.protocols import NATIVE, PUBLISHED, Protocol
from afloc_core.cohort.report.pictures import case_pictures
from afloc_core.cohort.writing import write_tables
from afloc_core.cohort.zero_shot import Prompts
from afloc_core.localization.localizer import Localizer
from tests.cohort.small_cohort import BrightSpots, some_boxes, write_boxes, write_films
from tests.small_model import write_small_model

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def films(tmp_path: Path) -> Path:
    names = write_films(tmp_path / "films", 10)
    write_boxes(tmp_path / "marks.csv", some_boxes(names, ["A", "B"]))
    return tmp_path / "films"


def setup_of(films: Path, output: str, method: BrightSpots, cache: Path | None = None, workers: int = 2) -> Setup:
    document = open_annotations(films.parent / "marks.csv")
    folder = films.parent / output
    folder.mkdir(exist_ok=True)
    cohort = make_cohort(document, films)
    return Setup(cohort, Rules(NATIVE), Localizer(method), document.format, folder, cache, workers)


def tables(setup: Setup) -> dict[str, bytes]:
    evaluation = conduct(setup)
    assert evaluation is not None
    write_tables(evaluation, setup.output)
    forget(setup)
    return {file.name: file.read_bytes() for file in setup.output.iterdir()}


def test_a_run_that_was_ended_goes_on_and_gives_the_same_files(films: Path) -> None:
    whole = tables(setup_of(films, "whole", BrightSpots(), workers=1))
    method = BrightSpots()
    ended = setup_of(films, "ended", method, workers=1)
    assert conduct(ended, progress=lambda done, _total: done < 4) is None
    before = method.images_encoded
    assert 4 <= before < 10
    assert tables(ended) == whole
    assert method.images_encoded < 10 + before, "films done before were done again"


def test_a_line_cut_off_by_the_end_is_scored_again(films: Path) -> None:
    whole = tables(setup_of(films, "whole", BrightSpots()))
    ended = setup_of(films, "ended", BrightSpots())
    conduct(ended, progress=lambda done, _total: done < 5)
    (journal,) = (ended.output / ".run").iterdir()
    journal.write_bytes(journal.read_bytes()[:-40])
    assert tables(ended) == whole


def test_a_journal_of_another_run_is_not_taken(films: Path) -> None:
    other = setup_of(films, "out", BrightSpots("other"))
    conduct(other, progress=lambda done, _total: done < 5)
    assert tables(setup_of(films, "out", BrightSpots())) == tables(setup_of(films, "whole", BrightSpots()))


def test_a_journal_of_other_maps_is_not_taken(films: Path) -> None:
    sharpened = setup_of(films, "out", BrightSpots())
    sharpened = replace(sharpened, rules=replace(sharpened.rules, maps=MapOptions(sharpen=True)))
    conduct(sharpened, progress=lambda done, _total: done < 5)
    assert list((sharpened.output / ".run").iterdir())
    assert tables(setup_of(films, "out", BrightSpots())) == tables(setup_of(films, "whole", BrightSpots()))


def labelled(films: Path) -> list[LabelledFilm]:
    labels = ((file, {"Mass": n % 2 > 0, "Edema": n % 3 > 0}) for n, file in enumerate(sorted(films.iterdir())))
    return [LabelledFilm(file.name, file, file.name, said) for file, said in labels]


@pytest.mark.parametrize("protocol", [NATIVE, PUBLISHED])
def test_labels_that_were_scored_before_an_end_are_not_scored_again(films: Path, protocol: Protocol) -> None:
    def setup(output: str, method: BrightSpots) -> Setup:
        made = setup_of(films, output, method, workers=1)
        return replace(made, rules=replace(made.rules, protocol=protocol))

    whole = conduct_labels(setup("whole", BrightSpots()), labelled(films), {})
    ended = setup("ended", BrightSpots())
    assert conduct_labels(ended, labelled(films), {}, progress=lambda done, _total: done < 6) is None
    told: list[tuple[int, int]] = []
    fresh = BrightSpots()
    again = setup("ended", fresh)
    found = conduct_labels(again, labelled(films), {}, progress=lambda *some: told.append(some) is None)
    assert repr(found) == repr(whole)
    assert fresh.images_encoded == 4
    assert told == [(7, 10), (8, 10), (9, 10), (10, 10)]
    other = conduct_labels(again, labelled(films), {"mass": Prompts(("a lump",), ("no lump",))})
    assert repr(other) != repr(whole), "what was found for other prompts is not taken"
    forget(again)
    assert not list(again.output.iterdir())


def test_no_picture_is_drawn_any_more_once_nobody_waits(films: Path) -> None:
    setup = setup_of(films, "out", BrightSpots())
    evaluation = conduct(setup)
    assert evaluation is not None
    answers = iter([True, False])
    best, worst = case_pictures(evaluation, setup, lambda: next(answers, False))
    assert (len(best), worst) == (1, ())
    assert len(case_pictures(evaluation, setup)[0]) > 1


def test_a_picture_that_was_exchanged_while_the_run_rested_is_scored_anew(films: Path) -> None:
    ended = setup_of(films, "ended", BrightSpots())
    conduct(ended, progress=lambda done, _total: done < 8)
    for file in films.iterdir():
        Image.open(file).rotate(180).save(file)
    assert tables(ended) == tables(setup_of(films, "whole", BrightSpots()))


def test_a_file_that_could_not_be_opened_is_tried_again(films: Path) -> None:
    file = sorted(films.iterdir())[0]
    content, times = file.read_bytes(), file.stat()
    file.write_bytes(b"x" * len(content))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    ended = setup_of(films, "ended", BrightSpots())
    conduct(ended, progress=lambda done, _total: done < 8)
    file.write_bytes(content)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert tables(ended) == tables(setup_of(films, "whole", BrightSpots()))


def test_cached_features_give_the_same_digits_without_encoding(films: Path, tmp_path: Path) -> None:
    method = BrightSpots()
    whole = tables(setup_of(films, "whole", method))
    first = tables(setup_of(films, "first", method, tmp_path / "cache"))
    fresh = BrightSpots()
    second = tables(setup_of(films, "second", fresh, tmp_path / "cache"))
    assert fresh.images_encoded == 0
    assert whole == first == second
    assert not [file for file in (tmp_path / "cache").rglob("*") if "film" in file.name], "names of files are kept"


def test_a_damaged_cache_costs_time_only(films: Path, tmp_path: Path) -> None:
    whole = tables(setup_of(films, "first", BrightSpots(), tmp_path / "cache"))
    for file in (tmp_path / "cache").rglob("*"):
        if file.is_file():
            file.write_bytes(b"damaged")
    assert tables(setup_of(films, "second", BrightSpots(), tmp_path / "cache")) == whole


def test_a_cache_that_cannot_be_written_is_said_and_the_run_goes_on(films: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    evaluation = conduct(setup_of(films, "out", BrightSpots(), tmp_path / "cache"))
    assert evaluation is not None
    assert [problem.kind for problem in evaluation.problems if problem.kind == "disk"] == ["disk"]
    assert evaluation.main_rows


def test_a_journal_that_cannot_be_written_is_said_and_the_run_goes_on(films: Path) -> None:
    setup = setup_of(films, "out", BrightSpots())
    (setup.output / ".run").write_text("a file where the folder should be")
    evaluation = conduct(setup)
    assert evaluation is not None
    assert [problem.kind for problem in evaluation.problems if problem.kind == "disk"] == ["disk"]


def test_features_of_one_pipeline_are_not_taken_for_another(films: Path, tmp_path: Path) -> None:
    method = BrightSpots()
    method.image_key = str  # type: ignore[method-assign, assignment]
    localizer = Localizer(method)
    (file, *_) = sorted(films.iterdir())
    FeatureCache(localizer, NATIVE.pipeline, tmp_path / "cache").features(file)
    FeatureCache(localizer, PUBLISHED.pipeline, tmp_path / "cache").features(file)
    assert method.images_encoded == 2


def command(films: Path, output: str, model: Path) -> list[str]:
    arguments = ["evaluate", "--images", films, "--annotations", films.parent / "marks.csv", "--model", model]
    return [str(part) for part in (*arguments, "--allow-partial", "--output", films.parent / output)]


def contents(films: Path, output: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (films.parent / output).iterdir()}


def test_four_processes_and_a_killed_run_give_the_bytes_of_one(films: Path, tmp_path: Path) -> None:
    model = write_small_model(tmp_path / "model")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "afloc_core", *command(films, "one", model)], check=True, env=environment)
    one = contents(films, "one")
    assert {"summary.json", "cases.csv", "report.html"} <= set(one)

    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "4"]
    spread = [*torchrun, "-m", "afloc_core", *command(films, "four", model)]
    subprocess.run(spread, check=True, env=environment, capture_output=True)
    assert contents(films, "four") == one

    killed = subprocess.Popen(
        [sys.executable, "-m", "afloc_core", *command(films, "killed", model), "--workers", "1"], env=environment
    )
    journal = films.parent / "killed" / ".run" / "0000.jsonl"
    while killed.poll() is None:
        if journal.exists() and journal.read_bytes().count(b"\n") > 3:
            killed.send_signal(signal.SIGKILL)
            break
    killed.wait()
    assert not (films.parent / "killed" / "summary.json").exists(), "it was done before it could be killed"
    subprocess.run([sys.executable, "-m", "afloc_core", *command(films, "killed", model)], check=True, env=environment)
    assert contents(films, "killed") == one

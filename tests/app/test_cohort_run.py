"""A run that was scored is not lost when what comes after it fails, and the form says no more than it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from afloc_core.annotations.marks import Document, Mark, MarkedImage
from afloc_core.annotations.shapes import Box
from afloc_core.cohort.protocols import PROTOCOLS
from afloc_core.errors import AFLocError
from app.models.cohort_setup import CohortSetup, Scored
from app.services.cohort_gathering import gather
from app.services.cohort_run import CohortRun, RunResult
from app.views.cohort_setup import CohortSetupForm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def full(*_given: object) -> None:
    raise OSError(28, "No space left on device")


def refused(*_given: object) -> None:
    raise AFLocError("The results could not be written (no space left on device).")


@pytest.mark.parametrize("writing", [full, refused])
def test_a_run_is_kept_when_there_is_no_room_to_compare_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writing: Callable[..., None]
) -> None:
    monkeypatch.setattr("afloc_core.cohort.writing.write_tables", writing)
    result, shown = (
        RunResult(cast("Any", evaluation), cast("Any", None), {}, CohortSetup()) for evaluation in ("this", "other")
    )
    found = CohortRun(tmp_path)._beside(result, shown)
    assert found.evaluation is result.evaluation
    assert found.refusal.startswith("The results could not be written (no space left on device)")
    assert not list(tmp_path.iterdir())


def test_a_model_is_loaded_once_and_again_when_its_files_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr("app.services.cohort_run.model_of", lambda chosen: loaded.append(chosen.model) or len(loaded))
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}", encoding="utf-8")
    run, chosen = CohortRun(tmp_path), CohortSetup(scored=Scored.FOLDER, model=str(tmp_path / "model"))
    assert [run._localizer(chosen) for _ in range(2)] == [1, 1]
    (tmp_path / "model" / "config.json").write_text('{"trained": "again"}', encoding="utf-8")
    assert run._localizer(chosen) == 2


def test_a_run_that_cannot_be_noted_says_why(tmp_path: Path) -> None:
    (tmp_path / "film.png").write_bytes(b"")
    marks = tuple(Mark("film.png", Box(1.0, 1.0, 9.0, 9.0), "Mass", reader) for reader in "AB")
    document = Document("native", {"film.png": MarkedImage("film.png", size=(64, 64))}, marks)
    taken = tmp_path / "taken"
    taken.write_text("", encoding="utf-8")
    chosen = CohortSetup(scored=Scored.READERS)
    with pytest.raises(AFLocError, match="cannot be noted in the program's own folder"):
        gather(document, [str(tmp_path / "film.png")], chosen, None, taken)


def test_what_is_greyed_out_does_not_count(qtbot: QtBot) -> None:
    form = CohortSetupForm()
    qtbot.addWidget(form)
    form.show_model("AFLoc-mini")
    form._maps[0].setChecked(True)
    form._pipeline.setCurrentIndex(form._pipeline.findData("published"))
    assert (form.chosen.sharpen, form.chosen.pipeline) == (True, "published")
    form._scored.setCurrentIndex(form._scored.findData(Scored.READERS.value))
    assert form.chosen == CohortSetup(scored=Scored.READERS, protocol=next(iter(PROTOCOLS)))
    form._scored.setCurrentIndex(0)
    assert form.chosen.sharpen, "it comes back with the model"
    form.show_model("")
    assert (form.chosen.scored, form.chosen.sharpen, form.chosen.pipeline) == (Scored.READERS, False, "")

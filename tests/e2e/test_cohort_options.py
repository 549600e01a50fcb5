"""What the command offers for a cohort is offered by its window, and the results are the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QPushButton, QWidget

from afloc_core.annotations.formats import open_annotations, save_annotations
from afloc_core.annotations.shapes import Box
from afloc_core.cli import main
from afloc_core.commands.evaluate import INCOMPLETE
from afloc_core.localization.localizer import BUNDLED
from afloc_core.resource_files import resource_path
from app.models.cohort_setup import Field
from tests.app.conftest import control
from tests.app.test_actions import nameless
from tests.e2e.test_cohort_window import cohort, films, page, press, with_marks

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.services.cohort_run import RunResult
    from app.session import Session
    from app.views.cohort_window import CohortWindow
    from tests.app.conftest import OpenWindow

__all__ = ["films"]
LABELS = "path,patient,split,mass,edema\na.png,1,test,1,0\nb.png,1,test,0,1\nc.png,2,test,1,\nd.png,3,train,0,0\n"


def choose(view: CohortWindow, name: str, data: str) -> None:
    box = control(view, QComboBox, name)
    box.setCurrentIndex(box.findData(data))
    assert box.currentData() == data


def type_into(view: CohortWindow, name: str, text: str) -> None:
    line = control(view, QLineEdit, name)
    line.clear()
    QTest.keyClicks(line, text)


def started(session: Session, view: CohortWindow, qtbot: QtBot) -> RunResult:
    """Press Start and wait for the run and its pictures."""
    viewing = session.controller.cohort
    before = viewing.result
    press(view, "Start")
    qtbot.waitUntil(lambda: viewing.result is not before and not viewing.run.running, timeout=120_000)
    assert viewing.result is not None
    return viewing.result


def saved(session: Session, view: CohortWindow, folder: Path, qtbot: QtBot) -> dict[str, bytes]:
    view.folder_chosen.emit(folder)
    qtbot.waitUntil(
        lambda: (folder / "report.html").exists() and not session.controller.cohort.run.running, timeout=60_000
    )
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def commanded(films: Path, tmp_path: Path, *more: str) -> dict[str, bytes]:
    output = tmp_path / "command"
    arguments = ["evaluate", "--images", str(films), "--annotations", str(tmp_path / "mine.afreview")]
    assert main([*arguments, "--output", str(output), *more]) in (0, INCOMPLETE)
    return {file.name: file.read_bytes() for file in output.iterdir()}


@pytest.fixture
def benchmark(films: Path, tmp_path: Path) -> Path:
    """Return marks of two more people, a little beside those of the readers."""
    document = open_annotations(tmp_path / "marks.json")
    marks = tuple(
        replace(
            mark, reader=f"Resident {mark.reader}", shape=Box(*(edge + 7 for edge in mark.shape.bounds[:2]), 70, 66)
        )
        for mark in document.marks
    )
    save_annotations(replace(document, marks=marks), tmp_path / "residents.json", "native")
    return tmp_path / "residents.json"


def test_a_benchmark_a_consensus_and_other_maps_give_what_the_command_gives(
    open_window: OpenWindow, films: Path, tmp_path: Path, benchmark: Path, qtbot: QtBot
) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    model = str(resource_path("models", BUNDLED))
    choose(view, "Who is scored", "folder")
    type_into(view, "Folder of the model", model)
    choose(view, "Protocol", "chexlocalize")
    choose(view, "Pipeline", "published")
    choose(view, "Consensus", "union")
    type_into(view, "Benchmark", str(benchmark))
    for name in ("Sharpen", "Prune phrases", "Fuse"):
        box = control(view, QCheckBox, name)
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Space)
        assert box.isChecked()
    result = started(session, view, qtbot)
    assert result.evaluation is not None
    assert result.setup.rules.benchmark == {"Resident Ada", "Resident Ben"}
    ours = saved(session, view, tmp_path / "window", qtbot)
    maps = ("--pipeline", "published", "--sharpen", "--prune", "--fuse")
    humans = ("--consensus", "union", "--benchmark", str(benchmark))
    theirs = commanded(films, tmp_path, "--protocol", "chexlocalize", "--model", model, *maps, *humans)
    assert ours == theirs
    assert json.loads(ours["summary.json"])["model"]["map"] == "sharpened, pruned phrases, fused with shallow features"
    page(view, "Readers")
    pairs = view.readers.pairs.rows
    both = result.evaluation.pairs["Resident Ada", "Resident Ben"].pooled["iou"]
    assert any(
        pairs.data(pairs.index(row, 4)) == f"{both.mean:.3f}  ({both.low:.3f} to {both.high:.3f})"
        for row in range(pairs.rowCount())
        if {pairs.data(pairs.index(row, column)) for column in (0, 1)} == {"Resident Ada", "Resident Ben"}
    )
    page(view, "Differences")
    humans, beside = view.differences.sentences
    standing = {one.finding: one.standing.value for one in result.evaluation.ranges if one.measure == "iou"}
    assert set(standing) == {"mass", "effusion", ""}
    assert f"{standing['mass']} " in humans
    assert not beside
    table = view.differences.tables[0].rows
    assert table.rowCount() == 3
    assert table.data(table.index(2, 0)) == "Mean of findings"


def test_labels_and_another_run_give_what_the_command_gives(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "labels.csv").write_text(LABELS, encoding="utf-8")
    prompts = {"mass": {"positive": ["a mass.", "round opacity."], "negative": ["no mass."]}}
    (tmp_path / "prompts.json").write_text(json.dumps(prompts), encoding="utf-8")
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    choose(view, "Protocol", "published")
    started(session, view, qtbot)
    first = tmp_path / "first"
    saved(session, view, first, qtbot)
    type_into(view, "Labels", str(tmp_path / "labels.csv"))
    type_into(view, "Split", "test")
    type_into(view, "Prompts", str(tmp_path / "prompts.json"))
    choose(view, "Compare with", "folder")
    type_into(view, "Folder of the results", str(first))
    choose(view, "Data set", "rsna")
    control(view, QCheckBox, "Sharpen").setChecked(True)
    result = started(session, view, qtbot)
    ours = saved(session, view, tmp_path / "window", qtbot)
    labels = ("--labels", str(tmp_path / "labels.csv"), "--split", "test", "--prompts", str(tmp_path / "prompts.json"))
    others = ("--compare", str(first), "--data-set", "rsna")
    theirs = commanded(films, tmp_path, "--protocol", "published", "--sharpen", *labels, *others)
    assert ours == theirs
    assert "zero_shot.csv" in ours
    page(view, "Published")
    published = view.published.table.rows
    overall = [published.data(published.index(published.rowCount() - 1, column)) for column in (0, 1)]
    assert overall[0] == "AFLoc-mini (this run)"
    assert str(overall[1]).startswith(f"{json.loads(ours['summary.json'])['overall']['iou']['mean']:.3f}")
    page(view, "Whole films")
    assert result.evaluation is not None
    zero_shot = result.evaluation.zero_shot
    assert zero_shot is not None
    mass, rows = zero_shot.findings["mass"], view.whole_films.table.rows
    said = [rows.data(rows.index(1, column)) for column in (0, 1, 2, 3, 7, 8)]
    auc = f"{mass.auc.mean:.3f}  ({mass.auc.low:.3f} to {mass.auc.high:.3f})"
    assert said == ["mass", "2", "1", auc, f"{mass.threshold:.3f}", f"{mass.mcc:.3f}"]
    page(view, "Differences")
    comparison = result.evaluation.comparison
    assert comparison is not None
    assert view.differences.sentences[1].startswith(
        "Beside AFLoc-mini, published pipeline: this run less the other is "
    )
    assert "no p-value: fewer than 5 images" in view.differences.sentences[1], "there are three films"


def test_the_run_that_is_shown_is_compared_with_the_next(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    first = started(session, view, qtbot)
    saved(session, view, tmp_path / "first", qtbot)
    choose(view, "Compare with", "shown")
    control(view, QCheckBox, "Sharpen").setChecked(True)
    second = started(session, view, qtbot)
    assert first.evaluation is not None
    assert second.evaluation is not None
    comparison = second.evaluation.comparison
    assert comparison is not None
    for measure in ("iou", "dice"):
        wanted = second.evaluation.summary.overall[measure].mean - first.evaluation.summary.overall[measure].mean
        assert comparison.overall[measure].difference.mean == pytest.approx(wanted, abs=1e-12)
    view.other_chosen.emit(tmp_path / "first")
    viewing = session.controller.cohort
    qtbot.waitUntil(lambda: viewing.result is not second and not viewing.run.running, timeout=60_000)
    assert viewing.result is not None
    assert viewing.result.evaluation is not None
    assert repr(viewing.result.evaluation.comparison) == repr(comparison), "by way of a folder it is the same"
    assert not any(path.is_file() for path in viewing.run.folder.rglob("*")), "nothing is left in the folder of runs"


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_started(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    type_into(view, "Benchmark", str(tmp_path / "nobody.json"))
    press(view, "Start")
    assert view.form.said_of(Field.BENCHMARK) == "There is no file “nobody.json”; check its name."
    assert not session.controller.cohort.run.running
    view.activateWindow()
    qtbot.waitUntil(lambda: view.focusWidget() is control(view, QLineEdit, "Benchmark"))
    type_into(view, "Benchmark", "")
    assert view.form.said_of(Field.BENCHMARK).startswith("Marks of people")
    broken = tmp_path / "labels.csv"
    broken.write_text("nothing\n1\n", encoding="utf-8")
    type_into(view, "Labels", str(broken))
    press(view, "Start")
    qtbot.waitUntil(lambda: control(view, QPushButton, "Start").isEnabled(), timeout=60_000)
    assert "path" in view.form.said_of(Field.LABELS)
    assert view.state == "Nothing was started; what is wrong is said beside its field."
    assert session.controller.cohort.result is None
    type_into(view, "Labels", "")
    choose(view, "Compare with", "folder")
    type_into(view, "Folder of the results", str(tmp_path))
    press(view, "Start")
    assert "no results in this folder" in view.form.said_of(Field.BESIDE)


def test_a_comparison_that_cannot_be_made_takes_nothing_from_the_run(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    other = tmp_path / "other"
    arguments = ["--annotations", str(tmp_path / "marks.json"), "--model", "none", "--protocol", "published"]
    assert main(["evaluate", "--images", str(films), *arguments, "--output", str(other)]) == INCOMPLETE
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    choose(view, "Compare with", "folder")
    type_into(view, "Folder of the results", str(other))
    result = started(session, view, qtbot)
    assert result.evaluation is not None
    assert view.cases.rows.rowCount() == 8
    assert view.state.startswith("Nothing was compared: The run to compare with used another protocol")
    assert "another protocol" in view.form.said_of(Field.BESIDE)


def test_all_of_the_form_is_reached_by_the_tab_key_from_above(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "labels.csv").write_text(LABELS, encoding="utf-8")
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    choose(view, "Protocol", "chexlocalize")
    choose(view, "Who is scored", "folder")
    choose(view, "Compare with", "folder")
    type_into(view, "Labels", str(tmp_path / "labels.csv"))
    view.activateWindow()
    control(view, QPushButton, "Start").setFocus()
    met: list[str] = []
    for _ in range(40):
        widget = view.focusWidget()
        assert isinstance(widget, QWidget)
        if widget.accessibleName() in met:
            break
        met.append(widget.accessibleName())
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        QApplication.processEvents()
    wanted = ["Start", "Pages", "Who is scored", "Folder of the model", "Choose: Folder of the model", "Protocol"]
    wanted += ["Pipeline", "Sharpen", "Prune phrases", "Fuse", "Consensus", "Benchmark", "Choose: Benchmark"]
    wanted += ["Compare with", "Folder of the results", "Choose: Folder of the results", "Data set"]
    wanted += ["Labels", "Choose: Labels"]
    wanted += [
        "Split",
        "Prompts",
        "Choose: Prompts",
        "Thresholds",
        "Choose: Thresholds",
        "Features",
        "Choose: Features",
    ]
    wanted += ["Films in the report", "Paths in the results"]
    assert met == wanted
    assert not nameless(view)
    view.close()
    session.window.activateWindow()
    qtbot.waitUntil(session.window.isActiveWindow)
    assert cohort(session, qtbot) is view
    assert control(view, QComboBox, "Protocol").currentData() == "chexlocalize", "it stays for the session"
    assert control(view, QLineEdit, "Labels").text() == str(tmp_path / "labels.csv")


def test_a_run_ended_among_its_labels_goes_on_where_it_was(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "labels.csv").write_text(LABELS, encoding="utf-8")
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    viewing = session.controller.cohort
    type_into(view, "Labels", str(tmp_path / "labels.csv"))
    told: list[tuple[int, int]] = []

    def end(done: int, total: int) -> None:
        told.append((done, total))
        viewing.run.end()

    viewing.run.labelled.connect(end, Qt.ConnectionType.DirectConnection)
    press(view, "Start")
    qtbot.waitUntil(lambda: "Start goes on" in view.state, timeout=60_000)
    assert told == [(1, 4)]
    assert viewing.result is None
    viewing.run.labelled.disconnect(end)
    told.clear()
    viewing.run.labelled.connect(lambda *some: told.append(some))
    result = started(session, view, qtbot)
    assert told[0][0] > 1, "what was done is not done again"
    assert told[-1] == (4, 4)
    assert not list(viewing.run.folder.iterdir()), "nothing is left of a complete run"
    assert result.evaluation is not None
    assert result.evaluation.zero_shot is not None
    assert len(result.evaluation.zero_shot.scored) == 7

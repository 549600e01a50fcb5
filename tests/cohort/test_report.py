"""The report says what the tables say, in one file, without names that nobody asked for."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from afloc_core.cli import main
from afloc_core.cohort.report.references import TABLES
from afloc_core.cohort.report.svg import interval_plot
from afloc_core.cohort.results import Estimate
from afloc_core.localization.localizer import Localizer
from tests.cohort.small_cohort import localizer, some_boxes, write_boxes, write_films

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "img", "br"}


class Balanced(HTMLParser):
    """Notes tags that are not closed in their order, and everything that would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.fetched: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        given = dict(attrs)
        self.fetched += [v for k in ("src", "href") if (v := given.get(k)) and not v.startswith(("data:", "#"))]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(autouse=True)
def spots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Localizer, "from_pretrained", classmethod(lambda _cls, _folder=None: localizer()))


def report(folder: Path, readers: list[str], *more: str, finding: str = "Mass") -> str:
    names = write_films(folder / "Doe^Jane films", 7)
    rows = [[row[0], finding if row[1] == "Mass" else row[1], *row[2:]] for row in some_boxes(names, readers)]
    marks = write_boxes(folder / "marks.csv", rows)
    given = ["--images", str(folder / "Doe^Jane films"), "--annotations", str(marks), "--output", str(folder / "out")]
    assert main(["evaluate", *given, "--allow-partial", *more]) == 0
    return (folder / "out" / "report.html").read_text()


def test_it_is_one_sound_file_that_fetches_nothing(tmp_path: Path) -> None:
    text = report(tmp_path, ["A", "B", "C"])
    parsed = Balanced()
    parsed.feed(text)
    assert (parsed.open, parsed.wrong, parsed.fetched) == ([], [], [])
    words = " ".join(parsed.words)
    for said in ("Research use only", "Mean of findings", "The model among humans", "Methods, ready to paste"):
        assert said in words
    plots = re.findall(r"<svg.*?</svg>", text, re.S)
    assert len(plots) > 6
    assert "-0.000" not in text
    for plot in plots:
        ElementTree.fromstring(plot)
    assert text.count("data:image/jpeg;base64,") == 8, "four best and four worst cases"


def test_names_from_files_are_text_and_never_markup(tmp_path: Path) -> None:
    text = report(tmp_path, ["A", "<script>alert(1)</script>"], finding="<b>Mass & more</b>")
    assert "<script>alert" not in text
    assert "<b>Mass" not in text
    assert "&lt;b&gt;Mass &amp; more&lt;/b&gt;" in text


def test_paths_are_said_only_when_asked_for(tmp_path: Path) -> None:
    report(tmp_path, ["A"])
    for file in (tmp_path / "out").iterdir():
        assert "Doe^Jane" not in file.read_text()
    assert "Doe^Jane films/film0.png" in report(tmp_path, ["A"], "--with-paths")
    assert "Doe^Jane films/film0.png" in (tmp_path / "out" / "cases.csv").read_text()


def test_published_rows_are_not_shown_beside_other_data(tmp_path: Path) -> None:
    assert "Beside published figures" not in report(tmp_path, ["A"], "--protocol", "published")


def test_published_rows_are_inside_their_intervals() -> None:
    for table in TABLES:
        for figures in table.rows.values():
            for figure in figures.values():
                assert len(figure) in (1, 3)
                if len(figure) == 3:
                    assert figure[1] < figure[0] < figure[2]


def test_a_plot_places_values_on_its_axis() -> None:
    plot = ElementTree.fromstring(interval_plot("IoU", {"Mass": Estimate(0.5, 0.25, 1.0, 9)}))
    space = "{http://www.w3.org/2000/svg}"
    ticks = {text.text: float(text.get("x", "")) for text in plot.iter(f"{space}text")}
    (circle,) = plot.iter(f"{space}circle")
    assert float(circle.get("cx", "")) == pytest.approx((ticks["0.4"] + ticks["0.6"]) / 2, abs=0.02)


def test_a_plot_claims_no_interval_of_one_case() -> None:
    plot = interval_plot("IoU", {"Mass": Estimate(0.5, 0.5, 0.5, 1), "Nodule": Estimate(0.5, 0.25, 1.0, 9)})
    assert re.findall("<title>(.*?)</title>", plot) == ["0.500 (one case)", "0.500 (0.250 to 1.000), 9 cases"]


def pictures(html: str) -> dict[str, str]:
    return {alt: source for source, alt in re.findall(r'<img src="([^"]+)" alt="([^"]+)"', html)}


def test_pictures_show_what_was_scored(tmp_path: Path) -> None:
    """The outline is that of the map as it was scored, above the threshold of the case."""
    drawn = {}
    for level in (0.2, 0.8):
        tuned = {finding: {"best": level} for finding in ("Mass", "Pleural_Effusion")}
        (tmp_path / "tuned.json").write_text(json.dumps({"tuned thresholds": tuned}))
        (tmp_path / str(level)).mkdir()
        given = ("--protocol", "chexlocalize", "--thresholds", str(tmp_path / "tuned.json"))
        drawn[str(level)] = pictures(report(tmp_path / str(level), ["A"], *given))
    for way in ("plain", "sharpen", "fuse"):
        (tmp_path / way).mkdir()
        drawn[way] = pictures(report(tmp_path / way, ["A"], *([] if way == "plain" else [f"--{way}"])))
    for one, other in (("0.2", "0.8"), ("plain", "sharpen")):
        both = drawn[one].keys() & drawn[other].keys()
        assert len(both) > 3
        assert all(drawn[one][case] != drawn[other][case] for case in both)
    assert drawn["fuse"]


def test_cases_whose_reference_is_empty_are_counted_where_the_means_stand(tmp_path: Path) -> None:
    boxes = {"A": (5, 5, 20, 20), "B": (6, 6, 20, 20), "C": (7, 5, 20, 20)}
    rows = [[f"film{n}.png", "Mass", *box, reader] for n in range(6) for reader, box in boxes.items()]
    rows.append(["film0.png", "Nodule", 30, 30, 8, 8, "A"])
    marks = write_boxes(tmp_path / "marks.csv", rows)
    out = tmp_path / "out"
    assert main(["evaluate", "--annotations", str(marks), "--model", "none", "--output", str(out)]) == 0
    text = (out / "report.html").read_text()
    assert "In 1 of the cases (19) the reference is empty" in text
    assert "In 1 of the humans&#39; cases (19) the reference is empty" in text
    assert "what more than half of them marked, of two both" in text
    assert "so was the model" not in text, "there is none"


def test_a_person_who_pastes_the_methods_says_whose_thresholds_were_used(tmp_path: Path) -> None:
    for folder in ("tuned", "given"):
        (tmp_path / folder).mkdir()
    tuned = report(tmp_path / "tuned", ["A"], "--protocol", "chexlocalize")
    assert "the cases were halved" in tuned
    given = ("--thresholds", str(tmp_path / "tuned" / "out" / "summary.json"))
    text = report(tmp_path / "given", ["A"], "--protocol", "chexlocalize", *given)
    assert "which another run had chosen for each finding" in text
    assert "the cases were halved" not in text
    assert "Used on the two halves" not in text


def test_humans_of_a_benchmark_are_not_counted_as_the_ground_truth(tmp_path: Path) -> None:
    names = [f"film{n}.png" for n in range(7)]
    humans = write_boxes(tmp_path / "humans.csv", some_boxes(names, ["Ada", "Ben"], seed=9))
    text = report(tmp_path, ["A"], "--benchmark", str(humans))
    assert "Marks of 1 reader, and of 2 humans scored against them, on 7 images" in text
    assert "p-values are two-sided" in text


def test_the_methods_say_how_findings_of_whole_images_were_told(tmp_path: Path) -> None:
    lines = ["path,mass", *(f"film{n}.png,{n % 2}" for n in range(6))]
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    text = report(tmp_path, ["A"], "--labels", str(tmp_path / "labels.csv"))
    assert "On 6 labelled images 1 finding was told without training by the model&#39;s match" in text
    assert "labelled image" not in report(tmp_path, ["A"])

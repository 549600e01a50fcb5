"""`afloc evaluate`, every number held against a computation that shares no code with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from afloc_core.agreement.pairwise import Role, Source, compare
from afloc_core.annotations.shapes import Mask
from afloc_core.imaging.open import open_radiograph
from afloc_core.localization.localizer import Localizer
from tests.cohort.small_cohort import localizer, some_boxes, write_boxes, write_films
from tests.commands.evaluating import evaluate, read

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("spots")


def drawn(rows: list[list[object]], name: str, finding: str, reader: str, shape: tuple[int, int]) -> np.ndarray:
    """Mark pixels whose centre lies in a box, one by one."""
    mask = np.zeros(shape, dtype=int)
    for image, about, x, y, w, h, who in rows:
        if (image, about, who) != (name, finding, reader):
            continue
        for row in range(shape[0]):
            for column in range(shape[1]):
                mask[row, column] += x <= column + 0.5 < x + w and y <= row + 0.5 < y + h
    return mask


def expected_native(values: np.ndarray, mask: np.ndarray) -> tuple[float, float, float, float]:
    scaled = (values.astype(float) - values.min()) / (values.max() - values.min()) * 2 - 1
    inside = mask > 0
    ious, dices = [], []
    for threshold in (0.1, 0.2, 0.3, 0.4, 0.5):
        above = scaled > threshold
        ious.append((above & inside).sum() / (above | inside).sum())
        dices.append(2 * (above & inside).sum() / (above.sum() + inside.sum()))
    cnr = (values[inside].mean(dtype=float) - values[~inside].mean(dtype=float)) / np.sqrt(
        values[inside].var(dtype=float) + values[~inside].var(dtype=float)
    )
    return float(np.mean(ious)), float(np.mean(dices)), float(cnr), float(inside.flat[values.argmax()])


def test_native_figures_are_those_of_an_independent_computation(tmp_path: Path) -> None:
    names = write_films(tmp_path / "films", 8)
    rows = some_boxes(names, ["A"])
    marks = write_boxes(tmp_path / "marks.csv", rows)
    evaluate("--images", tmp_path / "films", "--annotations", marks, "--output", tmp_path / "out")
    cases = read(tmp_path / "out")
    assert [(row["image"], row["finding"], row["reader"]) for row in cases] == sorted(
        {(str(row[0]), str(row[1]), "A") for row in rows}
    )
    model = localizer()
    for case in cases:
        film = open_radiograph(tmp_path / "films" / case["image"])
        phrase = {"Mass": "mass", "Pleural_Effusion": "pleural effusion"}[case["finding"]]
        values = model.locate(film, phrase).in_image(60)
        mask = drawn(rows, case["image"], case["finding"], "A", film.shape)
        figures = [float(case[name]) for name in ("iou", "dice", "cnr", "hit")]
        assert figures == pytest.approx(expected_native(values, mask), abs=1e-9)
        assert int(case["marked_px"]) == np.count_nonzero(mask)
        heatmap = model.locate(film, phrase)
        shown = Source("Model", Role.MODEL, values > np.float32(heatmap.scale.middle), values)
        window = compare(shown, Source("A", Role.READER, mask > 0))
        told = [repr(value) if value == value else "" for value in (window.iou, window.dice, window.cnr, window.hit)]
        assert [case[name] for name in ("shown_iou", "shown_dice", "cnr", "hit")] == told, "to the last digit"
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    for measure in ("iou", "dice", "cnr", "hit"):
        means = []
        for finding in ("Mass", "Pleural_Effusion"):
            values = [float(case[measure]) for case in cases if case["finding"] == finding]
            figure = summary["findings"][finding][measure]
            assert figure["mean"] == pytest.approx(np.mean(values), abs=1e-12)
            assert figure["n"] == len(values)
            low, high = figure["interval"]
            assert min(values) <= low <= figure["mean"] <= high <= max(values)
            means.append(np.mean(values))
        assert summary["overall"][measure]["mean"] == pytest.approx(np.mean(means), abs=1e-12)


def test_published_figures_are_those_of_an_independent_computation(tmp_path: Path) -> None:
    names = write_films(tmp_path / "films", 5, (112, 56))
    rows = [[name, "Mass", 10 + 2 * i, 30, 20, 30 + i, "A"] for i, name in enumerate(names)]
    rows.append([names[0], "Mass", 20, 40, 20, 30, "A"])  # overlaps the first
    marks = write_boxes(tmp_path / "marks.csv", rows)
    evaluate(
        *("--images", tmp_path / "films", "--annotations", marks),
        *("--protocol", "published", "--output", tmp_path / "out"),
    )
    model = localizer()
    for case in read(tmp_path / "out"):
        film = open_radiograph(tmp_path / "films" / case["image"])
        frame = model.locate(film, "Findings suggesting mass.", "published").published_frame()
        counts = np.zeros((224, 224), dtype=int)
        for image, _, x, y, w, h, _ in rows:
            if image == case["image"]:  # twice as large, 56 columns of padding
                counts[2 * y : 2 * y + 2 * h, 56 + 2 * x : 56 + 2 * x + 2 * w] += 1
        inner, counts = frame[14:-14, 14:-14], counts[14:-14, 14:-14]
        iou, dice, _, hit = expected_native(inner, counts)
        once, never = inner[counts == 1], inner[counts == 0]
        cnr = (once.mean(dtype=float) - never.mean(dtype=float)) / np.sqrt(
            once.var(dtype=float) + never.var(dtype=float)
        )
        figures = [float(case[name]) for name in ("iou", "dice", "cnr", "hit")]
        assert figures == pytest.approx([iou, dice, cnr, hit], abs=1e-6)


def test_readers_alone_need_no_images(tmp_path: Path) -> None:
    names = [f"film{number}.png" for number in range(12)]
    rows = some_boxes(names, ["A", "B", "C"])
    marks = write_boxes(tmp_path / "marks.csv", rows)
    evaluate("--annotations", marks, "--model", "none", "--output", tmp_path / "out")
    shape = (64, 64)
    seen, hits = 0, []
    for case in read(tmp_path / "out"):
        masks = {who: drawn(rows, case["image"], case["finding"], who, shape) > 0 for who in "ABC"}
        own = masks.pop(case["reader"])
        first, second = masks.values()
        others = first & second  # more than half of two
        if not others.any():
            assert case["iou"] == ""
            continue
        seen += 1
        assert float(case["iou"]) == pytest.approx((own & others).sum() / (own | others).sum(), abs=1e-12)
        assert float(case["dice"]) == pytest.approx(2 * (own & others).sum() / (own.sum() + others.sum()), abs=1e-12)
        assert case["cnr"] == ""
        centres = [
            (x + w / 2, y + h / 2)
            for image, about, x, y, w, h, who in rows
            if (image, about, who) == (case["image"], case["finding"], case["reader"])
        ]
        hit = any(others[int(y), int(x)] for x, y in centres)
        assert float(case["hit"]) == hit
        hits.append(hit)
    assert seen > 30
    assert 0 < np.mean(hits) < 1
    pairs = read(tmp_path / "out", "pairs.csv")
    for pair in pairs:
        one, other = (
            drawn(rows, pair["image"], pair["finding"], pair[who], shape) > 0 for who in ("reader", "against")
        )
        assert float(pair["iou"]) == pytest.approx((one & other).sum() / (one | other).sum(), abs=1e-12)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert [pair["readers"] for pair in summary["pairs"]] == [["A", "B"], ["A", "C"], ["B", "C"]]
    for pair in summary["pairs"]:
        values = [float(row["iou"]) for row in pairs if {row["reader"], row["against"]} == set(pair["readers"])]
        assert pair["iou"]["mean"] == pytest.approx(np.mean(values), abs=1e-12)


def test_twice_gives_the_same_files(tmp_path: Path) -> None:
    names = write_films(tmp_path / "films", 6)
    marks = write_boxes(tmp_path / "marks.csv", some_boxes(names, ["A", "B"]))
    for folder in ("one", "two"):
        given = ("--images", tmp_path / "films", "--annotations", marks, "--allow-partial")
        evaluate(*given, "--output", tmp_path / folder)
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert {"summary.json", "cases.csv", "report.html"} < set(files)
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_what_cannot_be_used_is_named_and_the_run_finishes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = write_films(tmp_path / "films", 6)
    (tmp_path / "films" / "film0.png").write_bytes(b"no picture at all")
    (tmp_path / "films" / "more").mkdir()
    Image.open(tmp_path / "films" / "film1.png").save(tmp_path / "films" / "film1.tiff")
    rows = [[name, "Mass", 10, 10, 20, 20, ""] for name in ("film0.png", "film2.png", "film1.jpg", "elsewhere.png")]
    rows += [["film3.png", "Lésion", 10, 10, 20, 20, ""], ["film4.png", "Mass", 900, 900, 20, 20, ""]]
    rows += [["film2.png", "Nodule", 10, 10, -4, 20, ""]]
    marks = write_boxes(tmp_path / "marks.csv", rows)
    evaluate("--images", tmp_path / "films", "--annotations", marks, "--output", tmp_path / "out", status=3)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert list(summary["problems"]["counts"].items()) == [
        ("duplicates", 1),
        ("entries of the file", 1),
        ("images without marks", 1),
        ("marks outside the film", 1),
        ("marks without an image", 1),
        ("phrases that cannot be encoded", 1),
        ("unreadable files", 1),
    ], "the rarest first; the two files that could be one image are duplicates and not without marks"
    kinds = [one["kind"] for one in summary["problems"]["each"]]
    assert kinds == [kind for kind, count in summary["problems"]["counts"].items() for _ in range(count)]
    assert [row["image"] for row in read(tmp_path / "out")] == ["film2.png"]
    assert {one["subject"] for one in summary["problems"]["each"]} >= {"film0.png", "elsewhere.png", names[5]}
    said = capsys.readouterr().err
    assert said.startswith(
        "Not everything could be used: duplicates (1), entries of the file (1), images without marks (1), "
    )
    assert "marks without an image (1)" in said
    assert "unreadable files (1). The report names each" in said
    assert said.count("\n") == 1
    assert not [name for name in (*names, "elsewhere", "film1.jpg") if name in said], "names can be those of patients"


@pytest.mark.parametrize("lacking", ["image", "marks", "nothing"])
def test_a_folder_that_is_a_part_says_so_or_is_allowed_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lacking: str
) -> None:
    names = write_films(tmp_path / "films", 4 if lacking == "marks" else 3)
    rows = [[name, "Mass", 10, 10, 20, 20, ""] for name in names[:3]]
    if lacking == "image":
        rows += [["elsewhere.png", "Mass", *box, ""] for box in ((10, 10, 20, 20), (30, 10, 10, 20))]
    marks = write_boxes(tmp_path / "marks.csv", rows)
    given = ("--images", tmp_path / "films", "--annotations", marks, "--output", tmp_path / "out")
    evaluate(*given, status=0 if lacking == "nothing" else 3)
    said = capsys.readouterr().err
    expected = {"image": "marks without an image (1)", "marks": "images without marks (1)", "nothing": ""}[lacking]
    assert expected in said
    assert ("--allow-partial" in said) == (lacking != "nothing")
    whole = (tmp_path / "out" / "summary.json").read_bytes()
    each = json.loads(whole)["problems"]["each"]
    if lacking == "image":
        assert [one["sentence"] for one in each] == ["No file of the folder is this image; its 2 marks took no part."]
    evaluate(*given, "--allow-partial", "--data-set", "rsna", status=0)
    said = capsys.readouterr().err
    assert expected in said, "it is said all the same"
    assert "Nothing stands beside: no figures" in said, "its figures are of another protocol"
    assert (tmp_path / "out" / "summary.json").read_bytes() == whole
    (tmp_path / "films" / names[0]).write_bytes(b"no picture at all")
    evaluate(*given, "--allow-partial", status=3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--annotations", "{marks}"], "Give --images DIR"),
        (["--annotations", "{marks}", "--model", "none"], "a single reader"),
        (["--annotations", "{marks}", "--images", "{films}", "--format", "coco"], "not"),
        (
            ["--annotations", "{marks}", "--images", "{films}", "--format", "nonsense"],
            "no annotation format of that name",
        ),
        (["--annotations", "{folder}/none.csv", "--images", "{films}"], "no such file"),
        (["--annotations", "{marks}", "--images", "{folder}/other"], "No mark is of an image"),
        (["--annotations", "{marks}", "--images", "{folder}/twice"], "several files could be the same image"),
        (
            ["--annotations", "{marks}", "--images", "{films}", "--thresholds", "{marks}"],
            "Only --protocol chexlocalize",
        ),
        (["--annotations", "{marks}", "--images", "{films}", "--split", "test"], "Only a table has splits"),
        (["--annotations", "{far}", "--model", "none"], "farther than any image"),
        (["--annotations", "{flat}", "--model", "none"], "No mark can be used"),
        (["--annotations", "{two}", "--model", "none", "--output", "{folder}/" + 300 * "a"], "cannot have that name"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    names = write_films(tmp_path / "films", 2)
    (tmp_path / "other").mkdir()
    (tmp_path / "twice").mkdir()
    for folder in ("one", "two"):
        write_films(tmp_path / "twice" / folder, 2)
    marks = write_boxes(tmp_path / "marks.csv", some_boxes(names, ["A"]))
    boxes = {"far": (1e300, 1, 2, 3), "flat": (1, 1, 0, 3), "two": (1, 1, 2, 3)}
    tables = {
        name: write_boxes(tmp_path / f"{name}.csv", [[names[0], "Mass", *box, reader] for reader in "AB"])
        for name, box in boxes.items()
    }
    places = {"marks": marks, "films": tmp_path / "films", "folder": tmp_path, **tables}
    evaluate("--output", tmp_path / "out", *(part.format(**places) for part in arguments), status=2)
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out" / "summary.json").exists()


def test_two_models_are_compared_case_by_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = write_films(tmp_path / "films", 8)
    marks = write_boxes(tmp_path / "marks.csv", some_boxes(names, ["A"]))
    given = ("--images", tmp_path / "films", "--annotations", marks)
    evaluate(*given, "--output", tmp_path / "one")
    same = json.loads((tmp_path / "one" / "summary.json").read_text())["overall"]
    other = localizer("other")
    method = other._method
    monkeypatch.setattr(method, "grid", lambda image, phrase, _way: -(image.deep @ phrase.report))
    monkeypatch.setattr(Localizer, "from_pretrained", classmethod(lambda _cls, _folder=None: other))
    evaluate(*given, "--compare", tmp_path / "one", "--output", tmp_path / "two")
    summary = json.loads((tmp_path / "two" / "summary.json").read_text())
    beside = summary["comparison"]
    assert beside["other model"]["name"] == "spots"
    for measure in ("iou", "dice", "cnr", "hit"):
        found = beside["overall"][measure]
        assert found["other"]["mean"] == pytest.approx(same[measure]["mean"], abs=1e-12)
        assert found["this"]["mean"] == pytest.approx(summary["overall"][measure]["mean"], abs=1e-12)
        assert found["difference"]["mean"] == pytest.approx(found["this"]["mean"] - found["other"]["mean"], abs=1e-12)
        low, high = found["difference"]["interval"]
        assert low <= found["difference"]["mean"] <= high
        assert (found["difference"]["p"] < 0.05) == (low > 0 or high < 0)
    report = (tmp_path / "two" / "report.html").read_text()
    assert "Other run" in report
    iou = beside["overall"]["iou"]["difference"]
    low, high = iou["interval"]
    assert f"IoU by {iou['mean']:+z.3f} ({low:+z.3f} to {high:+z.3f}, p = {iou['p']:.3f})" in report
    evaluate(*given, "--sharpen", "--output", tmp_path / "three")
    assert "sharpened; what that changes was not measured" in (tmp_path / "three" / "report.html").read_text()


def test_runs_of_other_data_or_protocols_are_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = write_films(tmp_path / "films", 4)
    marks = write_boxes(tmp_path / "marks.csv", some_boxes(names, ["A"]))
    given = ("--images", tmp_path / "films", "--output")
    evaluate("--annotations", marks, *given, tmp_path / "one")
    again = (*given, tmp_path / "two", "--compare")
    evaluate("--annotations", marks, *again, tmp_path / "one", "--protocol", "published", status=2)
    assert "another protocol" in capsys.readouterr().err
    others = write_boxes(tmp_path / "others.csv", some_boxes(names, ["A"], seed=6))
    evaluate("--annotations", others, *again, tmp_path / "one", status=2)
    assert "other images or marks" in capsys.readouterr().err
    evaluate("--annotations", marks, *again, tmp_path / "films", status=2)
    assert "cannot be read" in capsys.readouterr().err


def test_humans_of_a_benchmark_are_scored_as_the_model_is(tmp_path: Path) -> None:
    names = write_films(tmp_path / "films", 6)
    truth = some_boxes(names, ["T"])
    marks = write_boxes(tmp_path / "truth.csv", truth)
    humans = [[row[0], row[1], int(row[2]) + 3, row[3], row[4], row[5], "H"] for row in truth[:-2]]
    benchmark = write_boxes(tmp_path / "humans.csv", humans)
    evaluate(
        *("--images", tmp_path / "films", "--annotations", marks, "--benchmark", benchmark),
        *("--protocol", "chexlocalize", "--output", tmp_path / "out"),
    )
    shape = (60, 48)
    rows = read(tmp_path / "out", "readers.csv")
    assert {row["reader"] for row in rows} == {"H"}
    for row in rows:
        if row["scored"] != "reader":
            continue
        own = drawn(humans, row["image"], row["finding"], "H", shape) > 0
        true = drawn(truth, row["image"], row["finding"], "T", shape) > 0
        if not own.any():
            assert row["iou"] == "", "the true-positive slice leaves out what nobody marked"
        else:
            assert float(row["iou"]) == pytest.approx((own & true).sum() / (own | true).sum(), abs=1e-12)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["humans"]["findings"]["Mass"]["iou"]["standing"] in ("below", "inside", "above")
    assert set(summary["tuned thresholds"]) == {"Mass", "Pleural_Effusion"}
    assert {row["reader"] for row in read(tmp_path / "out")} == {"T"}


def test_a_table_of_cases_stands_for_the_folder(tmp_path: Path) -> None:
    names = write_films(tmp_path / "films", 6)
    marks = write_boxes(tmp_path / "marks.csv", some_boxes(names, ["A"]))
    lines = [f"films/{name},{'test' if n < 3 else 'train'}" for n, name in enumerate(names)]
    (tmp_path / "cases.csv").write_text("\n".join(["path,split", *lines, "films/elsewhere.png,test"]))
    evaluate(
        *("--images", tmp_path / "cases.csv", "--split", "test"),
        *("--annotations", marks, "--output", tmp_path / "out"),
    )
    assert {row["image"] for row in read(tmp_path / "out")} <= set(names[:3])
    evaluate("--images", tmp_path / "films", "--annotations", marks, "--output", tmp_path / "all")
    expected = [row for row in read(tmp_path / "all") if row["image"] in names[:3]]
    assert read(tmp_path / "out") == expected


def test_chexlocalize_files_and_the_point_that_may_hit(tmp_path: Path) -> None:
    """Any point of a human inside the truth is a hit, none at all is a miss; the model hits with its highest pixel."""
    names = [name.removesuffix(".png") for name in write_films(tmp_path / "films", 6)]
    square = np.zeros((60, 48), dtype=bool)
    square[20:40, 10:30] = True
    empty = np.zeros_like(square)

    def coded(mask: np.ndarray) -> dict[str, object]:
        code = Mask.from_array(mask)
        return {"size": list(code.size), "counts": code.counts}

    truth = {name: {"Edema": coded(square), "Atelectasis": coded(empty)} for name in names}
    humans = {name: {"Edema": coded(np.roll(square, n, axis=1) if n < 5 else empty)} for n, name in enumerate(names)}
    points = {name: {"Edema": [[45.0, 5.0], [15.5, 25.5]] if n < 2 else [[45.0, 5.0]]} for n, name in enumerate(names)}
    points[names[4]]["Edema"] = []
    for name, content in (("gt", truth), ("hb_masks", humans), ("hb_points", points)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    evaluate(
        *("--images", tmp_path / "films", "--annotations", tmp_path / "gt.json", "--protocol", "chexlocalize"),
        *("--benchmark", tmp_path / "hb_masks.json", "--benchmark", tmp_path / "hb_points.json"),
        *("--output", tmp_path / "out"),
    )
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    hits, masks = summary["readers"]["hb_points"]["overall"], summary["readers"]["hb_masks"]["overall"]
    assert hits["hit"] == {**hits["hit"], "mean": pytest.approx(2 / 6), "n": 6}
    shares = [(20 - n) / (20 + n) for n in range(5)]
    assert masks["iou"] == {**masks["iou"], "mean": pytest.approx(np.mean(shares)), "n": 5}
    assert masks["hit"]["n"] == hits["iou"]["n"] == 0
    rows = read(tmp_path / "out")
    assert [(row["finding"], row["reader"]) for row in rows] == [("Edema", "gt")] * 6
    model = localizer()
    for row in rows:
        film = open_radiograph(tmp_path / "films" / f"{row['image']}.png")
        values = model.locate(film, "Findings suggesting edema.").in_image(60)
        assert float(row["hit"]) == float(square.flat[values.argmax()])
    assert summary["humans"]["overall"]["hit"]["humans"]["mean"] == pytest.approx(2 / 6)

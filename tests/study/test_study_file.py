"""A study file says what is read; every mistake in it is one sentence that names the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from afloc_core.cli import main
from afloc_core.errors import StudyError
from afloc_core.resource_files import resource_path
from afloc_core.study.cases import annotation_document, list_cases, reference_truth
from afloc_core.study.study_file import Arm, Design, MapShown, Study, read_study, study_text
from tests.study.studies import STUDY, write_study

if TYPE_CHECKING:
    from pathlib import Path


def test_a_short_file_is_enough(tmp_path: Path) -> None:
    study = read_study(write_study(tmp_path))
    assert study.findings == ("effusion", "nodule")
    assert [(arm.name, arm.map) for arm in study.arms] == [("unaided", MapShown.HIDDEN), ("aided", MapShown.SHOWN)]
    assert study.design is Design.SEQUENTIAL
    assert study.hide_reader_names and study.hide_file_names


WRONG = [
    ("seed = 7", "", "“seed”"),
    ("seed = 7", "seed = 7.5", "“seed”"),
    ("seed = 7", "seed = true", "“seed”"),
    ("seed = 7", "sead = 7", "“sead”"),
    ('cases = ["films"]', "cases = []", "“cases”"),
    ('cases = ["films"]', "cases = [1]", "“cases”"),
    ('findings = ["effusion", "nodule"]', "findings = [' ']", "“findings”"),
    ('findings = ["effusion", "nodule"]', 'findings = ["effusion", "Pleural effusions"]', "“findings”"),
    ('map = "shown"', 'map = "yes"', "“map”"),
    ('map = "shown"', 'marks = "shown"', "“marks”"),
    ('map = "shown"', 'colour = "red"', "“colour”"),
    ('name = "aided"', 'name = "unaided"', "“arms”"),
    ('name = "unaided"', 'name = "unaided"\nmap = "after answer"\n[[arms]]\nname = "bare"', "“arms”"),
    ("seed = 7", 'seed = 7\ndesign = "parallel"', "“design”"),
    ("seed = 7", "seed = 7\nrepeat = true", "“repeat”"),
    ("seed = 7", "seed = 7\nwashout_days = 3", "“washout_days”"),
    ("seed = 7", "seed = 7\nwashout_days = -1", "“washout_days”"),
    ("seed = 7", "seed = 7\nidle_seconds = nan", "“idle_seconds”"),
    ("seed = 7", "seed = 7\nblinding = 1", "“blinding”"),
    ('map = "shown"', 'map = "shown"\n[blinding]\nreader_names = "no"', "“reader_names”"),
    ('map = "shown"', 'map = "shown"\n[phrases]\nmass = "a mass"', "“mass”"),
    ("seed = 7", "seed = ", "TOML"),
]


@pytest.mark.parametrize(("right", "wrong", "named"), WRONG)
def test_a_mistake_is_one_sentence_that_names_the_key(tmp_path: Path, right: str, wrong: str, named: str) -> None:
    assert right in STUDY
    place = write_study(tmp_path, STUDY.replace(right, wrong), films=0)
    with pytest.raises(StudyError) as caught:
        read_study(place)
    sentence = str(caught.value)
    assert named in sentence
    assert "\n" not in sentence and sentence.endswith(".")


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be read"):
        read_study(tmp_path / "none.toml")


@given(
    title=some.text(min_size=1).map(str.strip).filter(bool),
    seed=some.integers(-(2**63), 2**63 - 1),
    finding=some.text(some.characters(categories=("L", "N")), min_size=1).filter(lambda text: bool(text.strip())),
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, title: str, seed: int, finding: str
) -> None:
    folder = tmp_path_factory.mktemp("study")
    arms = (Arm("first"), Arm("second", MapShown.SHOWN))
    study = Study(title, (finding,), ("films",), arms, seed, phrases={finding: "a phrase"}, folder=folder)
    place = folder / "study.toml"
    place.write_text(study_text(study), encoding="utf-8")
    assert read_study(place) == study


def test_cases_of_a_folder_get_ids_that_are_no_file_names(tmp_path: Path) -> None:
    cases = list_cases(read_study(write_study(tmp_path, films=11)))
    assert [case.id for case in cases][:2] == ["case-001", "case-002"]
    assert [case.file.name for case in cases][1:3] == ["Doe_Jane_2.png", "Doe_Jane_3.png"], "2 before 10"


def test_a_manifest_gives_ids_and_the_reference_standard(tmp_path: Path) -> None:
    place = write_study(tmp_path, STUDY.replace('["films"]', '"list.csv"'))
    (tmp_path / "list.csv").write_text(
        "file,id,Effusion,nodule\nfilms/Doe_Jane_2.png,A,1,0\nfilms/Doe_Jane_1.png,B,,1\n"
    )
    study = read_study(place)
    cases = list_cases(study)
    assert [case.id for case in cases] == ["A", "B"]
    assert reference_truth(study, cases, None) == {
        "A": {"effusion": True, "nodule": False},
        "B": {"effusion": None, "nodule": True},
    }


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('["nowhere"]', "does not exist"),
        ('["films/*.dcm"]', "no case"),
        ('["films/Doe_Jane_1.png", "films"]', "twice"),
        ('["study.csv"]', "does not exist"),
    ],
)
def test_cases_that_are_not_there_are_said(tmp_path: Path, entry: str, said: str) -> None:
    study = read_study(write_study(tmp_path, STUDY.replace('["films"]', entry)))
    with pytest.raises(StudyError, match=said):
        list_cases(study)


def test_an_annotation_file_is_the_reference_standard(tmp_path: Path) -> None:
    place = write_study(tmp_path, STUDY.replace("seed = 7", 'seed = 7\nreference = "boxes.csv"'))
    (tmp_path / "boxes.csv").write_text(
        "Image Index,Finding Label,Bbox [x,y,w,h],,,\nDoe_Jane_2.png,Effusion,5,5,10,10\n", encoding="utf-8"
    )
    study = read_study(place)
    truth = reference_truth(study, list_cases(study), annotation_document(study, "reference"))
    assert truth["case-002"] == {"effusion": True, "nodule": False}
    assert truth["case-001"] == {"effusion": None, "nodule": None}, "the file does not know this film"


def test_the_example_of_the_guide_passes_its_check_before_its_reference_standard_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guide = resource_path("guide", "reading-study.md").read_text(encoding="utf-8")
    example = guide.split("```toml\n")[1].split("```")[0]
    place = write_study(tmp_path, example, films=1)
    study = read_study(place)
    assert main(["study", "check", str(place)]) == 0
    assert "“reference” names consensus.json, which does not exist yet" in capsys.readouterr().out
    assert [arm.map for arm in study.arms] == [MapShown.HIDDEN, MapShown.SHOWN]
    for key in (*Study.__dataclass_fields__, "marks", "[phrases]", "[blinding]"):
        name = key.removeprefix("hide_")
        assert name == "folder" or name in guide, f"the guide does not say what {name} is"

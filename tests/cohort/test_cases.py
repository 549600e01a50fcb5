"""How images are joined with marks."""

from __future__ import annotations

from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box
from afloc_core.cohort.cases import joined, make_cohort

BOX = Box(1, 1, 5, 5)


def document(*marks: Mark, readings: tuple[Reading, ...] = ()) -> Document:
    images = {key: MarkedImage(key) for key in ("a.png", "b.png")}
    return Document("native", images, marks, readings)


def test_names_of_one_finding_are_one_question_under_the_first_spelling() -> None:
    cohort = make_cohort(
        document(Mark("a.png", BOX, "Pleural Effusion", "A"), Mark("b.png", BOX, "effusions", "B")), None
    )
    assert [question.finding for film in cohort.films for question in film.questions] == ["Pleural Effusion"] * 2


def test_who_read_an_image_and_marked_nothing_there_counts() -> None:
    marks = (Mark("a.png", BOX, "Mass", "A"), Mark("a.png", BOX, "Nodule", "B"))
    cohort = make_cohort(document(*marks, readings=(Reading("a.png", "C"), Reading("a.png", "D", "Edema"))), None)
    mass = cohort.films[0].questions[0]
    assert {reader: len(found) for reader, found in mass.marks.items()} == {"A": 1, "B": 0, "C": 0}


def test_phrases_merge_across_findings_only_where_the_protocol_says_so() -> None:
    marks = (
        Mark("a.png", BOX, "Edema", "A", "Hazy bases"),
        Mark("a.png", BOX, "Pneumonia", "A", "hazy bases"),
        Mark("a.png", BOX, "Mass", "A"),
    )
    apart = make_cohort(document(*marks), None).films[0].questions
    assert [(one.finding, len(one.marks["A"])) for one in apart] == [("Edema", 1), ("Mass", 1), ("Pneumonia", 1)]
    merged = make_cohort(document(*marks), None, phrases_merge=True).films[0].questions
    assert [(one.finding, len(one.marks["A"])) for one in merged] == [("Mass", 1), ("Pneumonia", 2)]


def test_readers_of_one_name_in_two_files_are_two_and_images_are_one() -> None:
    first = document(Mark("a.png", BOX, "Mass", "reader"))
    second = Document("native", {"A.jpg": MarkedImage("A.jpg")}, (Mark("A.jpg", BOX, "Mass", "reader"),))
    cohort = make_cohort(joined([first, second]), None)
    (question,) = cohort.films[0].questions
    assert set(question.marks) == {"reader", "reader 2"}
    assert cohort.together == {("reader", "reader 2"): 1}

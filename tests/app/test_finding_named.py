"""The finding that a phrase names."""

from __future__ import annotations

import pytest

from app.models.finding_named import finding_named

FINDINGS = ("Cardiomegaly", "Effusion", "Pleural effusion", "Lung mass", "Pulmonary oedema", "Opacity")


@pytest.mark.parametrize(
    ("phrase", "finding"),
    [
        ("cardiomegaly", "Cardiomegaly"),
        ("small left pleural effusions", "Pleural effusion"),
        ("left effusion", "Effusion"),
        ("multiple lung masses", "Lung mass"),
        ("masses", "Lung mass"),
        ("hilar mass", ""),
        ("pulmonary edema", "Pulmonary oedema"),
        ("hazy opacities", "Opacity"),
        ("no pleural effusion", ""),
        ("", ""),
    ],
)
def test_a_phrase_names_the_finding_whose_words_it_holds(phrase: str, finding: str) -> None:
    assert finding_named(phrase, FINDINGS) == finding
    assert finding_named(phrase, ()) == ""


def test_another_name_of_a_finding_names_it() -> None:
    assert finding_named("effusion", ("Pleural effusion", "Pericardial effusion")) == "Pleural effusion"
    assert finding_named("pericardial effusion", ("Pleural effusion",)) == ""

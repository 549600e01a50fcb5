"""Which names of findings mean the same."""

from __future__ import annotations

import pytest

from afloc_core.annotations.finding_names import finding_key


@pytest.mark.parametrize(
    "same",
    [
        ("Infiltrate", "Infiltration", "infiltrates"),
        ("Pleural_Thickening", "pleural thickening"),
        ("Effusion", "Pleural effusion", "pleural effusions"),
        ("Edema", "oedema", "EDEMA"),
        ("Lung mass", "Mass", "masses"),
        ("Opacity", "opacities"),
    ],
)
def test_spellings_of_one_finding_have_one_key(same: tuple[str, ...]) -> None:
    assert len({finding_key(name) for name in same}) == 1


def test_different_findings_stay_apart() -> None:
    names = ("Nodule/Mass", "Nodule", "Mass", "Pneumonia", "Pneumothorax", "Effusion", "Pericardial effusion", "ILD")
    assert len({finding_key(name) for name in names}) == len(names)
    assert finding_key("") == ""
    assert finding_key("Atelectasis") == "atelectasis", "not every s is a plural"

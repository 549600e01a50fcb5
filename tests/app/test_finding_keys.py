"""Findings that are offered by a key or a word."""

from __future__ import annotations

from app.models.finding_keys import FINDING_KEYS, offered


def test_a_finding_is_offered_once_as_the_film_spells_it() -> None:
    found = offered(("mass", "Mass", "pleural_effusion", "odd shadow"))
    assert [one for one in found if one.lower() == "mass"] == ["mass"]
    assert "Pleural effusion" not in found
    assert "odd shadow" in found
    assert len(found) == len(FINDING_KEYS) + 1

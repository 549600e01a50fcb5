"""Which finding a phrase names, so that a map is compared with the marks of what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.annotations.finding_names import finding_key, finding_words

if TYPE_CHECKING:
    from collections.abc import Iterable


def finding_named(phrase: str, findings: Iterable[str]) -> str:
    """Return the finding whose every word is in a phrase, the longest if several are; empty if none is.

    Case, plurals and spelling make no difference: "small left pleural effusions" names "Pleural effusion" and
    "Effusion". A phrase that is another name of a finding names it: "effusion" is "Pleural effusion". A phrase that
    denies something names nothing.
    """
    findings = tuple(findings)
    said = set(finding_words(phrase))
    if {"no", "not", "without"} & said:
        return ""
    named = [(len(words), finding) for finding in findings if (words := set(finding_words(finding))) and words <= said]
    same = next((finding for finding in findings if phrase and finding_key(finding) == finding_key(phrase)), "")
    return max(named, default=(0, same))[1]

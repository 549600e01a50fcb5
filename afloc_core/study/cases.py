"""The cases of a study: which files they are, and what the reference standard says of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from afloc_core.annotations.finding_names import finding_key
from afloc_core.errors import ManifestError, StudyError
from afloc_core.natural_order import natural_text_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from afloc_core.annotations.marks import Document
    from afloc_core.cohort.manifest import Manifest
    from afloc_core.study.study_file import Study


@dataclass(frozen=True, slots=True)
class StudyCase:
    """A case as a study knows it.

    Attributes
    ----------
    id : str
        The only name of it that readers see and that is exported.
    file : Path
    truth : dict of finding to bool
        What the manifest says of findings, where it has columns named after them.
    """

    id: str
    file: Path
    truth: Mapping[str, bool] = field(default_factory=dict)


def list_cases(study: Study) -> tuple[StudyCase, ...]:
    """Return the cases of a study in the order in which they are listed, those of folders in natural order.

    The ids are those of the manifest where it gives every case one that is not the name of its file; else
    ``case-001`` and so on, because file names can be those of patients.

    Raises
    ------
    StudyError
        If a file or folder does not exist, a manifest cannot be read, or there is none or the same case twice.
    """
    from afloc_core.cohort.manifest import read_manifest

    places = [place for entry in study.cases for place in _places(study.folder, entry)]
    try:
        manifest = read_manifest(places)
    except ManifestError as error:
        raise StudyError(f"“cases” in the study file names no case that can be read: {error}") from None
    if len(manifest.repeated()):
        raise StudyError("“cases” in the study file names one film twice; name each once.")
    said = {finding_key(name): values for name, values in manifest.labels.items()}
    labels = {finding: said[finding_key(finding)] for finding in study.findings if finding_key(finding) in said}
    cases = []
    for row, name in enumerate(_ids(manifest)):
        file = manifest.path(row)
        if not file.is_file():
            raise StudyError(f"Case {row + 1} of “cases” in the study file is a file that does not exist.")
        truth = {finding: bool(values[row] == 1) for finding, values in labels.items() if values[row] in (0, 1)}
        cases.append(StudyCase(name, file, truth))
    return tuple(cases)


def reference_truth(
    study: Study, cases: Iterable[StudyCase], document: Document | None
) -> dict[str, dict[str, bool | None]]:
    """Return whether each case has each finding, by case and finding; None where nobody says.

    Parameters
    ----------
    study : Study
    cases : iterable of StudyCase
    document : Document or None
        The reference standard; what it says of a case goes before the manifest.
    """
    cases = tuple(cases)
    truth: dict[str, dict[str, bool | None]] = {
        case.id: {finding: case.truth.get(finding) for finding in study.findings} for case in cases
    }
    if document is None:
        return truth
    marked: dict[str, set[str]] = defaultdict(set)
    for mark in document.marks:
        marked[mark.image].add(finding_key(mark.finding))
    for key, case_id in match_cases(document, cases).items():
        truth[case_id] = {finding: finding_key(finding) in marked[key] for finding in study.findings}
    return truth


def match_cases(document: Document, cases: Iterable[StudyCase]) -> dict[str, str]:
    """Return which image of a document is which case, by image key."""
    from afloc_core.annotations.matching import match_images

    by_file = {case.file: case.id for case in cases}
    pairs = match_images(document, [file for file in by_file if file.is_file()]).pairs
    return {key: by_file[match.file] for key, match in pairs.items()}


def annotation_document(study: Study, key: str) -> Document | None:
    """Read the annotation file that a key of the study file names; None where it names none.

    Raises
    ------
    StudyError
        If it does not exist.
    MarkError
        If it is of no known format.
    """
    from afloc_core.annotations.formats import open_annotations

    name: str = getattr(study, key)
    if not name:
        return None
    place = study.folder / name
    if not place.is_file():
        raise StudyError(f"“{key}” in the study file names a file that does not exist; check its name.")
    return open_annotations(place)


def reference_document(study: Study) -> tuple[Document | None, str]:
    """Read the reference standard as far as it is there: its file may follow while the study is read.

    Returns
    -------
    document : Document or None
        None where the study names none, or its file does not exist yet.
    remark : str
        Which file does not exist, in a sentence; empty if none is missing.

    Raises
    ------
    MarkError
        If the file is of no known format.
    """
    if study.reference and not (study.folder / study.reference).is_file():
        return None, (
            f"“reference” names {study.reference}, which does not exist yet: the study can be read without it, but "
            "accuracy is not known before the file is there."
        )
    return annotation_document(study, "reference"), ""


def _ids(manifest: Manifest) -> list[str]:
    given = [str(name) for name in manifest.ids]
    own = all(name != manifest.path(row).stem and name != manifest.path(row).name for row, name in enumerate(given))
    if own and len(set(given)) == len(given):
        return given
    width = max(3, len(str(len(given))))
    return [f"case-{number:0{width}d}" for number in range(1, len(given) + 1)]


def _places(folder: Path, entry: str) -> list[Path]:
    place = folder / entry
    if any(sign in entry for sign in "*?[") and not place.exists():
        try:
            found = [file for file in folder.glob(entry) if file.is_file()]
        except (NotImplementedError, ValueError):
            raise StudyError("A pattern in “cases” of the study file must be relative, such as films/*.dcm.") from None
        return sorted(found, key=lambda file: natural_text_key(str(file)))
    if not place.exists():
        raise StudyError(f"“cases” in the study file names {entry}, which does not exist; check its name.")
    return [place]

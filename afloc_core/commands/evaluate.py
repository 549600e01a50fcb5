"""`afloc evaluate`: a cohort scored by a protocol, and a report of it."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.agreement.consensus import Consensus
from afloc_core.cohort.cases import joined, make_cohort
from afloc_core.cohort.comparison import compare_runs
from afloc_core.cohort.conduct import Setup, conduct, conduct_labels, forget
from afloc_core.cohort.film_scoring import Rules
from afloc_core.cohort.labels import read_labels, read_patients
from afloc_core.cohort.manifest import is_table, read_manifest
from afloc_core.cohort.map_options import MapOptions
from afloc_core.cohort.pointing import who_points
from afloc_core.cohort.problems import DUPLICATES, NOTES, PARTIAL, SCALED, Problems
from afloc_core.cohort.protocols import PROTOCOLS, protocol_of
from afloc_core.cohort.report import write_report
from afloc_core.cohort.report.methods import counted
from afloc_core.cohort.report.pictures import case_pictures
from afloc_core.cohort.report.references import reference_table
from afloc_core.cohort.spread import spread
from afloc_core.cohort.tuning import read_thresholds
from afloc_core.cohort.writing import could_not_write, write_tables
from afloc_core.cohort.zero_shot import read_prompts
from afloc_core.commands.marks import read_named_marks
from afloc_core.errors import AFLocError, MarkError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from afloc_core.annotations.marks import Document
    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.problems import Problem
    from afloc_core.localization.localizer import Localizer

NO_MODEL = "none"
INCOMPLETE = 3
"""Exit status of a run that finished, but could not use everything as it should be; the report names each."""

_MOST_SENTENCES = 3
"""Sizes of film for which scaling is said on standard error; the report has all."""


def run(options: Namespace) -> int:
    """Score a cohort and write ``summary.json``, ``cases.csv`` and ``report.html``."""
    folder = Path(options.output)
    _check(folder)
    with_model = options.model != NO_MODEL
    if with_model and not options.images:
        raise AFLocError("Give --images DIR, the folder of the images; only --model none can do without.")
    if options.thresholds and not PROTOCOLS[options.protocol].tuned:
        raise AFLocError("Only --protocol chexlocalize uses tuned thresholds; leave --thresholds out.")
    if options.split and not options.labels and not (options.images and is_table(Path(options.images))):
        raise AFLocError("Only a table has splits; give --labels TABLE, or a table of cases to --images.")
    truth = joined([read_named_marks(file, options.format) for file in options.annotations])
    benchmark = [read_named_marks(file) for file in options.benchmark]
    document = joined([truth, *benchmark])
    images = Path(options.images) if options.images else None
    patients = read_patients(Path(options.labels)) if options.labels else {}
    protocol = protocol_of(options.protocol, options.pipeline or "")
    units = {key: patients.get(Path(key).name, key) for key in document.images} if patients else {}
    files = _listed(images, options.split)
    cohort = make_cohort(document, files, units, phrases_merge=protocol.phrases_merge)
    if not with_model and len(cohort.readers) < 2:
        raise MarkError(_one_reader(document))
    if not any(question.marks for film in cohort.films for question in film.questions):
        raise MarkError(_no_question(cohort.problems))
    rules = Rules(
        protocol,
        Consensus(options.consensus),
        *who_points(document),
        frozenset(document.readers) - frozenset(truth.readers) if benchmark else frozenset(),
        tuple(read_thresholds(Path(options.thresholds)).items()) if options.thresholds else (),
        MapOptions(options.sharpen, options.prune, options.fuse),
    )
    localizer = _localizer(options.model) if with_model else None
    _make(folder)
    cache = Path(options.cache) if options.cache else None
    setup = Setup(cohort, rules, localizer, document.format, folder, cache, options.workers)
    labelled = (
        read_labels(Path(options.labels), images if images and images.is_dir() else None, options.split)
        if options.labels and localizer
        else ()
    )
    prompts = read_prompts(Path(options.prompts)) if options.prompts else {}
    with spread() as processes:
        try:
            seen = processes.leads and sys.stderr.isatty()
            told = (
                conduct_labels(setup, labelled, prompts, processes, _labels_progress if seen else None)
                if labelled
                else None
            )
            evaluation = conduct(setup, processes, _progress if seen else None)
        except KeyboardInterrupt:
            sys.stderr.write("\nEnded; the same command goes on from here.\n")
            raise
        if evaluation and told:
            problems = Problems(chain(evaluation.problems, told[1]))
            evaluation = replace(evaluation, zero_shot=told[0], problems=problems)
        try:
            status = _written(setup, evaluation, options) if evaluation else 0
        except AFLocError:
            processes.told(0)  # the others wait for it
            raise
        return processes.told(status)


def _written(setup: Setup, evaluation: Evaluation, options: Namespace) -> int:
    """Write the results and return the exit status."""
    if not len(evaluation.main_rows):
        raise MarkError(_why_nothing(evaluation))
    evaluation = replace(evaluation, data_set=options.data_set)
    if options.compare:
        evaluation = replace(evaluation, comparison=compare_runs(evaluation, Path(options.compare)))
    paths = {film.image.key: film.file for film in setup.cohort.films if film.file} if options.with_paths else {}
    write_tables(evaluation, setup.output, paths)
    pictures = ((), ()) if options.no_pictures else case_pictures(evaluation, setup)
    write_report(evaluation, setup.output, pictures, paths)
    forget(setup)
    _say(evaluation)
    # Whoever asks for a split asks for a part.
    return _said_problems(evaluation, partial=options.allow_partial or bool(options.split))


def _progress(done: int, total: int, what: str = "images") -> bool:
    sys.stderr.write(f"\r{done:,} of {total:,} {what}" + ("\n" if done == total else ""))
    return True


def _labels_progress(done: int, total: int) -> bool:
    return _progress(done, total, "labelled images")


def _listed(images: Path | None, split: str) -> Path | list[Path] | None:
    """Return the folder of the images, or those that a table of cases lists and that exist."""
    if images is None or not is_table(images):
        return images
    manifest = read_manifest(images)
    chosen = manifest.of_split(split) if split else manifest
    files = dict.fromkeys(chosen.path(row) for row in range(len(chosen)))
    return [file for file in files if file.is_file()]


def _localizer(model: str | None) -> Localizer:
    from afloc_core.localization.localizer import Localizer

    return Localizer.from_pretrained(model)


def _check(folder: Path) -> None:
    try:
        taken = folder.exists() and not folder.is_dir()
    except (OSError, ValueError):
        raise AFLocError("The output folder cannot have that name; choose another one.") from None
    if taken:
        raise AFLocError("The output is a file that exists; give a folder.")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise could_not_write(error) from None


def _one_reader(document: Document) -> str:
    if document.marks or not document.problems:
        return "The annotations name a single reader, who cannot be compared with others; give --model."
    return f"No mark can be used; the first of {len(document.problems)} problems: {document.problems[0]}"


def _no_question(problems: Sequence[Problem]) -> str:
    if any(problem.kind == DUPLICATES for problem in problems):
        return "No mark is of one image alone: several files could be the same image; keep one of each in the folder."
    return "No mark is of an image of the folder; check that the two belong together."


def _why_nothing(evaluation: Evaluation) -> str:
    gravest = evaluation.problems.gravest
    if gravest is None:
        return "Nothing could be scored: no image was read by two readers."
    return f"Nothing could be scored; of {counted(evaluation.losses, 'problem')} the most frequent: {gravest.sentence}"


def _say(evaluation: Evaluation) -> None:
    overall = evaluation.summary.overall
    figures = ", ".join(
        f"{name} {one.mean:.3f} ({one.low:.3f} to {one.high:.3f})" for name, one in overall.items() if one.cases
    )
    cases, images = counted(len(evaluation.main_rows), "case"), counted(evaluation.scored, "image")
    sys.stdout.write(f"{cases} in {images}, {counted(len(evaluation.summary.findings), 'finding')}: {figures}\n")
    scaled = Counter(problem.sentence for problem in evaluation.problems if problem.kind == SCALED)
    for sentence, films in scaled.most_common(_MOST_SENTENCES):
        sys.stderr.write(f"{counted(films, 'image')}: {sentence}\n")
    if evaluation.data_set and reference_table(evaluation) is None:
        sys.stderr.write("Nothing stands beside: no figures of a model on this data set by this protocol are known.\n")


def _said_problems(evaluation: Evaluation, *, partial: bool) -> int:
    """Count on standard error, in one line without a name of a file, what could not be used; return the exit status."""
    counts = Counter(problem.kind for problem in evaluation.problems if problem.kind not in NOTES)
    if not counts:
        return 0
    ordered = sorted(counts.items(), key=lambda item: (item[1], item[0]))
    listed = ", ".join(f"{kind} ({number:,})" for kind, number in ordered)
    allowed = partial and counts.keys() <= PARTIAL
    hint = "" if partial or not counts.keys() & PARTIAL else "; --allow-partial is for a folder that is part of a set"
    what = "Left out, as in a part of a set" if allowed else "Not everything could be used"
    sys.stderr.write(f"{what}: {listed}. The report names each{hint}.\n")
    return 0 if allowed else INCOMPLETE

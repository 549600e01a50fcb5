"""The model card: what a model was made from, how good it measured, and what not to use it for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.pretraining.box_figures import HEARTS
from afloc_core.pretraining.familiar_phrases import LAY, PICTURES, UNRELATED, UNTAUGHT
from afloc_core.pretraining.simulation.anatomy import FRAME
from afloc_core.pretraining.start import STRIDES
from afloc_core.pretraining.validation import EIGHT, NEAR, NEAR_MM

if TYPE_CHECKING:
    from pathlib import Path

_CARD = """# {name}

A small AFLoc model (Yang et al., Nature Biomedical Engineering 2026) for trying the application: EfficientNet-Lite0
image encoder ({frame} px, {cells} x {cells} deep-local cells), six-layer MiniLM text encoder, 256 dimensions, weights
in half precision. **Research use only. Not a medical device.** It is not the published checkpoint, which can be
converted with `afloc convert`, is larger, and was trained on far more films and reports.

## Made from

* {train} training and {validation} validation films of NIH ChestX-ray14 (Wang et al., CVPR 2017; NIH Clinical Center),
  split by patient. Training used no mark of a human reader; boxes that radiologists drew only measured the finished
  model. Boxes that a vision model drew, simulated findings and labels on these validation films chose among models, so
  the figures on them are optimistic.
* Findings simulated on normal films ({simulations} variants a film{abnormal}), with
  sentences that describe them, and sentences made from the text-mined labels of the real films{read}.
  No finding's mask taught. Training knows what share of a film findings cover at least and at most, by the kind, size
  and number that a report would say (read off the simulator's findings), and that a finding does not lie on the other
  side of the film, or two zones away.
* Starting weights: EfficientNet-Lite0 (ImageNet) and all-MiniLM-L6-v2, both Apache-2.0{start}.
* Recipe: `aflocmini.toml`, seed {seed}, {runs_said}{steps} steps of {batch} films.
  `afloc pretrain aflocmini.toml --output DIR` makes it again, where the films and the earlier model that the recipe
  names lie beside it; its comments say what it takes.

Licence of the weights: Apache-2.0; please credit the NIH Clinical Center for the films.

## Measured

Fresh simulated findings on validation patients ({cases} findings, and tubes, lines and pacemakers; canonical phrase
each), aligned pipeline. Pointing and hits ask only where the hottest place is, however cold; IoU is the mean over five
thresholds of each map stretched to its own range. Neither is what the window shows at its default threshold.
*Mean map* is the mean of the phrase's maps over 100 training films: what the words alone give. *Centre* is a gaussian
at the image centre. The simulator that drew the test findings also drew the training findings, so these figures say how
well the model does on new patients inside its simulation, not on real disease.
{runs}
A figure that is followed by (a to b) has its 95 % bootstrap interval there, patients (films, where no patient is named)
drawn anew.

| finding | n | pointing | IoU | CNR | mean map: pointing / IoU / CNR | centre: pointing / IoU / CNR |
|---|---|---|---|---|---|---|
{localisation}

A one-sided finding's own side outranks the other side ("right X" above "left X") in {side}; its own zone
the other zone ("upper X" above "lower X") in {zone}. Chance is one half.
Where X is present, "no X" peaks at {negation:.2f} of X's peak (median).

*Macro* is the mean over the thirteen findings, tubes, lines and pacemakers left out; *macro of eight* over those that
an earlier, easier simulator drew too
({eight}):
pointing {pointing}, IoU {iou}, CNR {cnr};
the hottest place lies on the finding or within {near_pixels} of {frame} pixels (about {near_mm} mm) of it in {near}.
Those eight by how clear they are, each kind in thirds (change of the film by the finding over what varies around it):

| third | n | pointing | IoU | CNR |
|---|---|---|---|---|
{clarity}

Zero-shot area under the ROC curve of the match on real validation films (labels are text-mined and noisy; 0.5 is
chance), findings with at least ten positives: mean {auc_mean}.

| finding | positives | AUC |
|---|---|---|
{auc}

Display scale: {cold:.2f} (75th percentile of the peaks on normal validation films) to {hot:.2f} cosine (75th
percentile of the peaks of simulated findings). At the default threshold, half way, {normal_above:.0%} of the maps of 14
findings on normal validation films have a region, and {found_above:.0%} of the maps of simulated findings.

{unknown}

{wordings}
{read_boxes}
{boxes}
## Known failures

* At the default threshold many findings show nothing{shown}.
  A cold map does not say that a film is normal.
* Heat and match can both be high in the wrong place: match does not vouch for the place.
* Simulated findings are rounder and cleaner than real ones; faint real nodules, atelectasis and pneumothorax are often
  missed. Large findings are marked in part: of a large effusion often only its upper edge, of a large heart only its
  middle (a gaussian at the image centre fits its boxes better). Neighbouring masses run together.
* Tubes (chest tubes in part), lines, pacemakers and fractures were taught and hardly learned: their maps mean little.
  For emphysema the words alone do better than the model; the match of infiltration is near chance.
* Cells are about {width:.0f} % of the film wide: small nodules cannot be outlined.
* Side and zone words move the map, and do not rule it. Negated phrases ("no mass") are meant to stay cold and say
  nothing about absence.
* On the sample film the largest mass, behind the heart, and the lowest one of the right lung (left in the picture) stay
  below the default threshold for "multiple lung masses": nothing is drawn there.
* A word that training never saw ("banana") can light up anything, with a high match. The model says when it knows
  little of a phrase, but not when most words are known ("left banana"): ask radiological phrases.
* Only frontal chest films were seen, nearly all of adults. On anything else the map means nothing; a mirrored film
  and most inverted ones are not noticed.
"""


_UNKNOWN = """\
The model says that it has little to say about {unrelated:.0%} of {unrelated_number} written phrases that have nothing
to do with films ("banana") and about {untaught:.0%} of {untaught_number} radiological phrases it was never taught
("tuberculosis"); wrongly of {grammar:.1%} of new sentences of the training grammar and of {lay:.1%} of {lay_number} lay
phrases. It says that a picture is no frontal chest film of {other:.0%} of {pictures} photographs and textures, and of
validation films put upside down ({upside_down:.0%}), on their side ({on_side:.0%}), inverted ({inverted:.0%}) or
cropped to a quarter ({quarter:.0%}); wrongly of {films:.1%} of validation films, {altered:.1%} when they are moved
and toned as in training. The thresholds were set on the groups that should not be
flagged, so that those rates are optimistic."""


def write_card(folder: Path, figures: dict[str, Any]) -> None:
    """Write ``README.md`` of a model folder from its figures."""
    recipe, training = figures["recipe"], figures["recipe"]["training"]
    areas = figures["zero_shot_auc"]
    cells = FRAME // STRIDES[recipe["head"]]
    card = _CARD.format(
        name=recipe["name"],
        frame=FRAME,
        cells=cells,
        width=100 / cells,
        train=figures["films"]["train"],
        validation=figures["films"]["validation"],
        abnormal=_on_abnormal(recipe["pool"]),
        simulations=recipe["pool"]["simulations_per_film"],
        read=_READ if recipe["readings"] else "",
        seed=recipe["seed"],
        start=_started(recipe),
        runs_said=f"{recipe['runs']} runs of " if recipe["runs"] > 1 else "",
        steps=training["steps"],
        batch=training["bases"] * training["variants"] + training["real"],
        cases=figures["model"]["macro"]["cases"],
        near_pixels=NEAR,
        near_mm=NEAR_MM,
        eight=", ".join(EIGHT),
        localisation="\n".join(_row(kind, figures) for kind in figures["model"]),
        clarity="\n".join(_clarity(name, row) for name, row in figures["clarity"].items()),
        runs=_runs(figures["runs"]),
        **dict(zip(("pointing", "iou", "cnr", "near"), map(_figure, figures["macro_of_eight"]), strict=True)),
        side=_preference(figures["side_preference"]),
        zone=_preference(figures["zone_preference"]),
        negation=figures["negation_ratio"],
        auc_mean=_figure(figures["mean_auc"][0]),
        auc="\n".join(f"| {label.replace('_', ' ')} | {n} | {area:.2f} |" for label, (area, n) in areas.items()),
        cold=figures["calibration"]["display_cold"],
        hot=figures["calibration"]["display_hot"],
        normal_above=figures["calibration"]["normal_above"],
        found_above=figures["calibration"]["found_above"],
        unknown=_unknown(figures["familiarity"]),
        wordings=_wordings(figures["wordings"]),
        shown=_shown(figures),
        read_boxes=_read_boxes(figures["read_boxes"]),
        boxes=_boxes(figures["boxes"]["rows"]),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


_READ = """ and
  from the side and zone of their findings and from the devices on them, which a general vision model read off the
  films, told the labels (`readings.csv`, not by radiologists; how far two readings of it agree is in decision 72)"""


def _started(recipe: dict[str, Any]) -> str:
    if not recipe["start"]:
        return ""
    taught = (
        ";\n  its maps of the real training films served as pseudo-labels"
        if recipe["training"]["pseudo_label_weight"]
        else ""
    )
    share = recipe["start_share"]
    kept = f", whose weights keep a share of {share:.0%} in the finished ones" if share else ""
    return f"; training went\n  on from an earlier model of its kind{kept}{taught}"


def _on_abnormal(pool: dict[str, Any]) -> str:
    number = pool["simulations_per_abnormal_film"]
    return f"; {number} on abnormal ones that lack the finding" if number else ""


def _unknown(figures: dict[str, dict[str, float]]) -> str:
    """Say how often the model tells, rightly and wrongly, what it does not know."""
    phrases, pictures = figures["phrases"], figures["pictures"]
    return _UNKNOWN.format(
        **phrases,
        lay_number=len(LAY),
        untaught_number=len(UNTAUGHT),
        unrelated_number=len(UNRELATED),
        films=pictures["films"],
        altered=pictures["altered films"],
        other=pictures["other pictures"],
        pictures=len(PICTURES),
        upside_down=pictures["upside down"],
        on_side=pictures["on its side"],
        inverted=pictures["inverted"],
        quarter=pictures["one quarter"],
    )


_WORDINGS = """\
Other wordings of a phrase, on up to {most} simulated films that show the finding: correlation of the two maps' cells,
share of films on which the hottest place lies on the finding for the wording and for the plain phrase, and, for
comparison, the correlation of the plain phrase's map with that of another finding. *Taught*: a name in it was taught.

| wording | plain phrase | taught | correlation | on the finding | plain phrase | another finding |
|---|---|---|---|---|---|---|
{rows}
"""


def _wordings(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    measured = ("correlation", "hit", "plain_hit", "unrelated")
    lines = [
        _line(
            row["wording"]["said"],
            row["wording"]["plain"],
            "yes" if row["taught"] else "no",
            *(f"{row[key]:.2f}" for key in measured),
        )
        for row in rows
    ]
    return _WORDINGS.format(most=max(row["films"] for row in rows), rows="\n".join(lines))


_READ_BOXES = """\
Real validation films with boxes that a general vision model drew round {count} labelled findings, told the labels
(hit / mean IoU / CNR). They served to choose among models. No radiologist drew them; how far they agree with those of
radiologists is in decision 72.

{summary}

| finding | n | model | mean map | centre |
|---|---|---|---|---|
{rows}
"""


def _read_boxes(figures: dict[str, Any]) -> str:
    rows = figures["rows"]
    if not rows:
        return ""

    def line(name: str, chosen: list[dict[str, Any]]) -> str:
        means = [np.nanmean([row[source] for row in chosen], axis=0) for source in _SOURCES]
        return _line(name, str(len(chosen)), *(" / ".join(f"{v:.2f}" for v in three) for three in means))

    by_finding = {
        name: [row for row in rows if row["finding"] == name] for name in sorted({r["finding"] for r in rows})
    }
    lines = [line(name.replace("_", " "), chosen) for name, chosen in by_finding.items()]
    lines.append(line("**all**", rows))
    if others := [row for row in rows if row["finding"] != HEARTS]:
        lines.append(line("**all but hearts**", others))
    summary = "\n".join(_summary(which, found) for which, found in figures["summary"].items())
    return _READ_BOXES.format(count=len(rows), rows="\n".join(lines), summary=summary)


def _summary(which: str, figures: list[dict[str, float]]) -> str:
    hit, iou, cnr, *gaps = map(_figure, figures)
    more = ", ".join(f"{name} {gap}" for name, gap in zip(("hit", "IoU", "CNR"), gaps, strict=True))
    return f"{which.capitalize()}: hit {hit}, IoU {iou}, CNR {cnr};\nmore than the mean map by {more}."


_SOURCES = ("model", "mean_map", "centre")
_BOXES = """\
The {count} findings that radiologists marked with boxes on films no training saw (hit / mean IoU / CNR; far too few to
decide anything; hits in all: model {hits[0]}, mean map {hits[1]}, centre {hits[2]}):

| finding | phrase | model | mean map | centre |
|---|---|---|---|---|
{rows}
"""


def _shown(figures: dict[str, Any]) -> str:
    """Say how many boxed findings have a region at the default threshold."""
    parts = []
    for key, which in (("read_boxes", "findings with read boxes"), ("boxes", "of those of radiologists")):
        rows = figures[key]["rows"]
        shown = [row for row in rows if row["shown"]]
        if rows:
            inside = sum(int(row["model"][0]) for row in shown)
            said = f"{len(shown)} of {len(rows)} {which} have a region, whose hottest place lies in a box in {inside}"
            parts.append(said)
    return ":\n  " + ";\n  ".join(parts) if parts else ""


def _boxes(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""

    def three(values: list[float]) -> str:
        return f"{values[0]:.0f} / {values[1]:.2f} / {values[2]:.2f}"

    lines = [_line(row["finding"], row["phrase"], *(three(row[source]) for source in _SOURCES)) for row in rows]
    hits = [sum(int(row[source][0]) for row in rows) for source in _SOURCES]
    return _BOXES.format(count=len(rows), rows="\n".join(lines), hits=hits)


def _figure(figure: dict[str, float]) -> str:
    return f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"


def _preference(figures: dict[str, Any]) -> str:
    share, seen = map(_figure, figures["shares"])
    return (
        f"{share} of {figures['cases']} cases\n"
        f"({seen} of the {figures['seen']} where either map rises above the cold end of the scale)"
    )


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _runs(runs: list[dict[str, float]]) -> str:
    """Say how far the runs lie apart whose mean the model is."""
    if not runs:
        return "One seed."
    apart = ", ".join(
        f"{called} {' to '.join(dict.fromkeys((f'{min(values):.2f}', f'{max(values):.2f}')))}"
        for name, called in _OF_RUNS.items()
        for values in [[run[name] for run in runs]]
    )
    return f"The model is the mean of {len(runs)} runs of different seeds, which alone reach (macro of eight)\n{apart}."


_OF_RUNS = {
    "pointing": "pointing", "iou": "IoU", "cnr": "CNR", "side": "side preference", "zone": "zone preference",
    "auc": "mean AUC",
}  # fmt: skip


def _clarity(name: str, row: dict[str, float]) -> str:
    return f"| {name} | {row['cases']} | {row['pointing']:.2f} | {row['iou']:.2f} | {row['cnr']:.2f} |"


def _row(kind: str, figures: dict[str, Any]) -> str:
    def three(source: str) -> str:
        row = figures[source][kind]
        return f"{row['pointing']:.2f} / {row['iou']:.2f} / {row['cnr']:.2f}"

    own = figures["model"][kind]
    name = f"**{kind}**" if kind.startswith("macro") else kind
    figures_of = f"{own['pointing']:.2f} | {own['iou']:.2f} | {own['cnr']:.2f}"
    return f"| {name} | {own['cases']} | {figures_of} | {three('mean_map')} | {three('centre')} |"

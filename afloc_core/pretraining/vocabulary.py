"""The words that radiologists, and people who are not, use for findings, places and numbers.

Only data. ``language.py`` puts it together; a new synonym is a new line here.
"""

from __future__ import annotations

from typing import NamedTuple


class Noun(NamedTuple):
    """A name for a finding; ``many`` is empty for what cannot be counted."""

    one: str
    many: str = ""


NOUNS: dict[str, tuple[Noun, ...]] = {
    "nodule": (
        Noun("nodule", "nodules"),
        Noun("pulmonary nodule", "pulmonary nodules"),
        Noun("lung nodule", "lung nodules"),
        Noun("nodular opacity", "nodular opacities"),
        Noun("rounded density", "rounded densities"),
        Noun("coin lesion", "coin lesions"),
        Noun("nodular density", "nodular densities"),
        Noun("spot on the lung", "spots on the lung"),
        Noun("lung spot", "lung spots"),
        Noun("small round opacity", "small round opacities"),
    ),
    "mass": (
        Noun("mass", "masses"),
        Noun("lung mass", "lung masses"),
        Noun("pulmonary mass", "pulmonary masses"),
        Noun("mass lesion", "mass lesions"),
        Noun("mass-like opacity", "mass-like opacities"),
        Noun("tumour", "tumours"),
        Noun("lung tumor", "lung tumors"),
        Noun("large round opacity", "large round opacities"),
        Noun("lump", "lumps"),
        Noun("neoplasm", "neoplasms"),
    ),
    "consolidation": (
        Noun("consolidation"),
        Noun("airspace consolidation"),
        Noun("air space disease"),
        Noun("airspace opacity", "airspace opacities"),
        Noun("alveolar opacity", "alveolar opacities"),
        Noun("consolidative opacity", "consolidative opacities"),
        Noun("patchy opacity", "patchy opacities"),
        Noun("lung consolidation"),
        Noun("focal consolidation"),
        Noun("patch of consolidation", "patches of consolidation"),
    ),
    "pneumonia": (
        Noun("pneumonia"),
        Noun("lobar pneumonia"),
        Noun("bronchopneumonia"),
        Noun("lung infection"),
        Noun("pneumonic consolidation"),
        Noun("chest infection"),
        Noun("infectious opacity", "infectious opacities"),
        Noun("pneumonic infiltrate", "pneumonic infiltrates"),
    ),
    "infiltration": (
        Noun("infiltrate", "infiltrates"),
        Noun("infiltration"),
        Noun("pulmonary infiltrate", "pulmonary infiltrates"),
        Noun("lung infiltrate", "lung infiltrates"),
        Noun("patchy infiltrate", "patchy infiltrates"),
        Noun("pulmonary infiltration"),
        Noun("hazy infiltrate", "hazy infiltrates"),
        Noun("interstitial infiltrate", "interstitial infiltrates"),
    ),
    "opacity": (
        Noun("opacity", "opacities"),
        Noun("lung opacity", "lung opacities"),
        Noun("pulmonary opacity", "pulmonary opacities"),
        Noun("opacification"),
        Noun("white patch", "white patches"),
        Noun("shadow", "shadows"),
        Noun("shadowing"),
        Noun("density", "densities"),
    ),
    "lesion": (
        Noun("lung lesion", "lung lesions"),
        Noun("pulmonary lesion", "pulmonary lesions"),
        Noun("focal lesion", "focal lesions"),
        Noun("lesion", "lesions"),
        Noun("round lesion", "round lesions"),
        Noun("metastasis", "metastases"),
    ),
    "effusion": (
        Noun("pleural effusion", "pleural effusions"),
        Noun("effusion", "effusions"),
        Noun("pleural fluid"),
        Noun("fluid in the pleural space"),
        Noun("fluid around the lung"),
        Noun("hydrothorax"),
        Noun("blunting of the costophrenic angle"),
        Noun("fluid collection", "fluid collections"),
        Noun("pleural fluid collection", "pleural fluid collections"),
        Noun("water on the lung"),
    ),
    "pneumothorax": (
        Noun("pneumothorax", "pneumothoraces"),
        Noun("collapsed lung"),
        Noun("pleural air"),
        Noun("air in the pleural space"),
        Noun("ptx"),
        Noun("air leak"),
        Noun("visible pleural line"),
        Noun("air around the lung"),
        Noun("pleural air collection", "pleural air collections"),
    ),
    "atelectasis": (
        Noun("atelectasis"),
        Noun("volume loss"),
        Noun("collapse"),
        Noun("atelectatic change", "atelectatic changes"),
        Noun("subsegmental atelectasis"),
        Noun("partial collapse"),
        Noun("atelectatic opacity", "atelectatic opacities"),
        Noun("plate-like atelectasis"),
        Noun("loss of lung volume"),
    ),
    "edema": (
        Noun("pulmonary edema"),
        Noun("edema"),
        Noun("pulmonary oedema"),
        Noun("pulmonary vascular congestion"),
        Noun("vascular congestion"),
        Noun("alveolar edema"),
        Noun("interstitial edema"),
        Noun("fluid overload"),
        Noun("perihilar haze"),
        Noun("pulmonary congestion"),
        Noun("fluid in the lungs"),
        Noun("congestive heart failure"),
    ),
    "cardiomegaly": (
        Noun("cardiomegaly"),
        Noun("enlarged heart"),
        Noun("enlarged cardiac silhouette"),
        Noun("cardiac enlargement"),
        Noun("enlargement of the cardiac silhouette"),
        Noun("big heart"),
        Noun("increased heart size"),
        Noun("enlarged cardiomediastinal silhouette"),
        Noun("increased cardiothoracic ratio"),
        Noun("enlarged cardiomediastinum"),
    ),
    "emphysema": (
        Noun("emphysema"),
        Noun("hyperinflation"),
        Noun("emphysematous change", "emphysematous changes"),
        Noun("hyperinflated lungs"),
        Noun("copd"),
        Noun("bullous disease"),
        Noun("overinflated lungs"),
        Noun("flattened diaphragms"),
    ),
    "fibrosis": (
        Noun("fibrosis"),
        Noun("pulmonary fibrosis"),
        Noun("fibrotic change", "fibrotic changes"),
        Noun("scarring"),
        Noun("lung scarring"),
        Noun("interstitial fibrosis"),
        Noun("reticular opacity", "reticular opacities"),
        Noun("fibrotic scarring"),
    ),
    "pleural thickening": (
        Noun("pleural thickening"),
        Noun("thickened pleura"),
        Noun("thickening of the pleura"),
        Noun("pleural scarring"),
        Noun("pleural plaque", "pleural plaques"),
        Noun("apical pleural thickening"),
        Noun("pleural scar", "pleural scars"),
    ),
    "hernia": (
        Noun("hernia"),
        Noun("hiatal hernia", "hiatal hernias"),
        Noun("hiatus hernia"),
        Noun("diaphragmatic hernia", "diaphragmatic hernias"),
        Noun("herniated stomach"),
        Noun("intrathoracic stomach"),
    ),
}
"""The first noun of each kind is its plain name."""

PLURAL = ("hyperinflated lungs", "overinflated lungs", "flattened diaphragms")
"""Names that take a plural verb."""
SIZES = {
    "small": ("small", "tiny", "minimal", "subtle"),
    "moderate": ("moderate", "moderate-sized", "medium-sized"),
    "large": ("large", "big", "sizeable"),
}
HEART_SIZES = {"small": ("mild", "slight"), "large": ("marked", "severe", "massive")}
HEART_SIZED_NOUNS = ("cardiomegaly", "cardiac enlargement", "enlargement of the cardiac silhouette")
FEW = {2: ("two", "a couple of"), 3: ("three",), 4: ("four",), 5: ("five",), 6: ("six",)}
MANY = ("multiple", "several", "many", "numerous")
SINGLE = ("single", "solitary", "one")

# Places: "{s}" stands for the side. Before the noun, and after it.
LUNG_BEFORE = {
    "upper": ("{s} upper lobe", "{s} upper lobe", "{s} upper zone", "{s} upper lung", "{s} apical"),
    "middle": ("{s} mid zone", "{s} middle zone", "{s} midlung", "{s} mid lung"),
    "lower": ("{s} lower lobe", "{s} lower lobe", "{s} lower zone", "{s} lower lung", "{s} basal", "{s} basilar"),
    "": ("{s}", "{s}", "{s} lung", "{s}-sided"),
}
LUNG_AFTER = {
    "upper": (
        "in the {s} upper lobe",
        "in the {s} upper zone",
        "at the {s} apex",
        "in the {s} upper lung",
        "of the {s} upper lobe",
    ),
    "middle": ("in the {s} mid zone", "in the {s} middle zone", "in the {s} midlung", "in the {s} middle third"),
    "lower": (
        "in the {s} lower lobe",
        "in the {s} lower zone",
        "at the {s} base",
        "at the {s} lung base",
        "in the {s} lower lung",
        "of the {s} lower lobe",
    ),
    "": ("in the {s} lung", "on the {s}", "on the {s} side", "of the {s} lung"),
}
PLEURA_BEFORE = {
    "upper": ("{s} apical",),
    "middle": (),
    "lower": ("{s} basal", "{s} basilar"),
    "": ("{s}", "{s}-sided"),
}
PLEURA_AFTER = {
    "upper": ("at the {s} apex", "at the {s} lung apex"),
    "middle": (),
    "lower": ("at the {s} base", "at the {s} lung base"),
    "": ("on the {s}", "on the {s} side", "in the {s} hemithorax"),
}
RIGHT_MIDDLE = ("right middle lobe", "in the right middle lobe")
LEFT_MIDDLE = ("lingular", "in the lingula")
BOTH_BEFORE = {
    "": ("bilateral", "bilateral", "both-sided"),
    "upper": ("bilateral upper lobe", "biapical"),
    "lower": ("bibasal", "bibasilar", "bilateral lower lobe"),
    "middle": ("bilateral mid zone",),
}
BOTH_AFTER = {
    "": ("in both lungs", "on both sides", "bilaterally"),
    "upper": ("in both upper lobes", "at both apices"),
    "lower": ("in both lower lobes", "at both bases", "at both lung bases"),
    "middle": ("in both mid zones",),
}
ZONE_BEFORE = {
    "upper": ("upper lobe", "apical", "upper zone"),
    "middle": ("mid zone",),
    "lower": ("lower lobe", "basal", "lower zone"),
}
ZONE_AFTER = {
    "upper": ("in the upper lobe", "in the upper zone", "at the apex"),
    "middle": ("in the mid zone",),
    "lower": ("in the lower lobe", "at the base", "in the lower zone"),
}
SPECIAL = {
    "effusion": ("fluid at the {s} base", "blunted {s} costophrenic angle", "fluid around the {s} lung"),
    "pneumothorax": ("collapsed {s} lung", "air around the {s} lung"),
}
"""Whole phrases that name the side in the middle."""

FRAMES = (
    "there {is} {phrase}",
    "{phrase} {is} seen",
    "{phrase} {is} present",
    "findings suggesting {phrase}",
    "findings consistent with {phrase}",
    "evidence of {phrase}",
    "possible {bare}",
    "new {bare}",
    "persistent {bare}",
    "{phrase} {is} noted",
    "the film shows {phrase}",
    "suspicious for {phrase}",
    "where {is} the {bare}",
)
NEGATIONS = (
    "no {phrase}",
    "no {phrase}",
    "without {phrase}",
    "no evidence of {phrase}",
    "there is no {phrase}",
    "no {phrase} is seen",
    "negative for {phrase}",
    "no sign of {phrase}",
)
NEGATIVE_SENTENCES = {
    "cardiomegaly": ("the heart is normal in size", "normal heart size", "heart size within normal limits"),
    "effusion": ("the costophrenic angles are clear", "clear costophrenic angles", "the pleural spaces are clear"),
    "opacity": ("no focal opacity", "no airspace disease"),
}
"""Sentences that deny a kind without naming it."""

NORMAL = (
    "normal chest radiograph",
    "normal chest x-ray",
    "no acute cardiopulmonary abnormality",
    "no finding",
    "the lungs are clear",
    "clear lungs",
    "unremarkable chest film",
    "no abnormality",
    "normal",
    "heart and lungs are normal",
    "no acute disease",
    "no significant abnormality is seen",
    "normal study",
)

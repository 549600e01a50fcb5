"""The words for places, sizes and numbers, and the sentences that findings are put into.

Only data; ``nouns.py`` has the names of findings and ``language.py`` puts them together.
"""

from __future__ import annotations

SIZES = {
    "small": ("small", "tiny", "minimal", "subtle", "little"),
    "moderate": ("moderate", "moderate-sized", "medium-sized"),
    "large": ("large", "big", "sizeable"),
}
HEART_SIZES = {"small": ("mild", "slight"), "large": ("marked", "severe", "massive")}
HEART_SIZED_NOUNS = ("cardiomegaly", "cardiac enlargement", "enlargement of the cardiac silhouette")
FEW = {2: ("two", "a couple of"), 3: ("three",), 4: ("four",), 5: ("five",), 6: ("six",)}
MANY = ("multiple", "multiple", "multiple", "several", "many", "numerous")
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
        "at the top of the {s} lung",
    ),
    "middle": (
        "in the {s} mid zone",
        "in the {s} middle zone",
        "in the {s} midlung",
        "in the {s} middle third",
        "in the middle of the {s} lung",
    ),
    "lower": (
        "in the {s} lower lobe",
        "in the {s} lower zone",
        "at the {s} base",
        "at the {s} lung base",
        "in the {s} lower lung",
        "of the {s} lower lobe",
        "at the bottom of the {s} lung",
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
    "effusion": (
        ("fluid at the {s} base", "lower"),
        ("blunted {s} costophrenic angle", "lower"),
        ("blunting of the {s} costophrenic angle", "lower"),
        ("fluid around the {s} lung", ""),
        ("water on the {s} lung", ""),
        ("fluid in the {s} pleural space", ""),
    ),
    "pneumothorax": (("air around the {s} lung", ""), ("air in the {s} pleural space", "")),
    "collapsed lung": (("collapsed {s} lung", ""), ("{s} lung collapse", ""), ("collapse of the {s} lung", "")),
    "atelectasis": (("volume loss of the {s} lung", ""), ("loss of volume on the {s}", "")),
    "pleural thickening": (("thickening of the {s} pleura", ""), ("{s} apical cap", "upper")),
    "fracture": (("broken {s} rib", ""), ("fracture of a {s} rib", "")),
    "nodule": (("spot on the {s} lung", ""), ("spot in the {s} lung", "")),
    "mass": (("lump in the {s} lung", ""), ("{s} lung cancer", "")),
    "opacity": (("shadow on the {s} lung", ""), ("{s} upper zone shadow", "upper"), ("{s} lower zone shadow", "lower")),
}
"""Whole phrases that name the side in the middle, each with the zone that it names."""

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
    "show me the {bare}",
    "{bare} visible",
    "signs of {bare}",
    "known {bare}",
    "the patient has {phrase}",
    "likely {bare}",
    "{phrase} can be seen",
)
NEGATIONS = (
    "no {phrase}",
    "no {phrase}",
    "no {phrase}",
    "without {phrase}",
    "no evidence of {phrase}",
    "there {is} no {phrase}",
    "no {phrase} {is} seen",
    "{phrase} {is} not seen",
    "{phrase} not seen",
    "negative for {phrase}",
    "no sign of {phrase}",
    "no definite {phrase}",
    "no visible {phrase}",
    "free of {phrase}",
    "absence of {phrase}",
    "there is no evidence of {phrase}",
)
NEGATIVE_SENTENCES = {
    "cardiomegaly": ("the heart is normal in size", "normal heart size", "heart size within normal limits"),
    "effusion": ("the costophrenic angles are clear", "clear costophrenic angles", "the pleural spaces are clear"),
    "opacity": ("no focal opacity", "no airspace disease", "no lung shadows"),
    "pneumothorax": ("both lungs are fully expanded",),
    "fracture": ("the ribs are intact", "no bony abnormality"),
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

"""What others published on the same data, to stand beside our rows.

Figures of AFLoc and the methods it was compared with were read off the pictures that its repository shows (within
0.002 for IoU and Dice, 0.005 for CNR); CheXlocalize's hit rates are of arXiv 2509.18015, means of nine pathologies.
A first figure of June 2024 has other values for BioViL, which its authors ran again; both are given. Numbers of one
protocol mean nothing beside another's: rows are given only for the protocol they were made with, and only when cases
are as many as they were or somebody says that this is the data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from afloc_core.cohort.results import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.cohort.evaluation import Evaluation

Figure = tuple[float, ...]
"""A mean, or a mean and the ends of its 95 % interval."""


@dataclass(frozen=True)
class ReferenceTable:
    """Published rows of one data set.

    Attributes
    ----------
    key : str
        What `afloc evaluate --data-set` calls the data set.
    name : str
    format : str
        Annotation format of the data set; empty where it has none of its own.
    protocol : str
    cases : int
        Rows that the figures are means of; 0 where that is not stated.
    rows : mapping of method to mapping of measure to figure
    source : str
    """

    key: str
    name: str
    format: str
    protocol: str
    cases: int
    rows: Mapping[str, Mapping[str, Figure]]
    source: str


def _by_others(iou: float, dice: float, cnr: float, hit: float) -> Mapping[str, Figure]:
    return {"iou": (iou,), "dice": (dice,), "cnr": (cnr,), "hit": (hit,)}


def _three(iou: Figure, dice: Figure, cnr: Figure) -> Mapping[str, Figure]:
    return {"iou": iou, "dice": dice, "cnr": cnr}


_AFLOC = "AFLoc, pictures of its repository (July 2024)"
_KAF = "README of KAF-Ground, by the same protocol"
_FIRST = "BioViL, first figure (June 2024)"
TABLES = (
    ReferenceTable(
        "rsna",
        "RSNA Pneumonia, 1,218 positive films",
        "rsna_pneumonia",
        "published",
        1218,
        {
            "ReContrast": _three((0.055, 0.051, 0.058), (0.095, 0.089, 0.101), (0.091, 0.068, 0.114)),
            "RD++": _three((0.050, 0.048, 0.055), (0.088, 0.082, 0.093), (0.231, 0.204, 0.252)),
            "GLoRIA": _three((0.278, 0.270, 0.286), (0.411, 0.401, 0.421), (1.225, 1.178, 1.273)),
            "BioViL": _three((0.296, 0.287, 0.304), (0.435, 0.423, 0.444), (1.304, 1.265, 1.341)),
            _FIRST: {"iou": (0.250,)},
            "MedKLIP": _three((0.318, 0.310, 0.326), (0.465, 0.456, 0.475), (1.034, 1.017, 1.053)),
            "AFLoc": _three((0.342, 0.333, 0.351), (0.485, 0.475, 0.495), (1.540, 1.498, 1.583)),
        },
        _AFLOC,
    ),
    ReferenceTable(
        "ms_cxr",
        "MS-CXR 1.0, 1,162 phrases",
        "ms_cxr",
        "published",
        1162,
        {
            "ReContrast": _three((0.087, 0.082, 0.093), (0.148, 0.140, 0.157), (0.468, 0.444, 0.492)),
            "RD++": _three((0.089, 0.084, 0.095), (0.153, 0.144, 0.162), (0.542, 0.518, 0.567)),
            "GLoRIA": _three((0.269, 0.259, 0.279), (0.393, 0.380, 0.406), (1.289, 1.235, 1.339)),
            "BioViL": _three((0.228, 0.219, 0.238), (0.343, 0.331, 0.356), (1.085, 1.037, 1.132)),
            _FIRST: {"iou": (0.258,)},
            "MedKLIP": _three((0.264, 0.255, 0.273), (0.395, 0.384, 0.406), (1.045, 1.016, 1.079)),
            "AFLoc": _three((0.325, 0.315, 0.334), (0.462, 0.451, 0.474), (1.638, 1.584, 1.695)),
            "GLoRIA, run by others": _by_others(0.242, 0.364, 1.280, 0.656),
            "MedKLIP, run by others": _by_others(0.187, 0.294, 0.952, 0.412),
            "AFLoc, run by others": _by_others(0.323, 0.461, 1.631, 0.784),
        },
        f"{_AFLOC}; rows run by others: {_KAF}",
    ),
    ReferenceTable(
        "covid_rural",
        "COVID Rural, films with a mask that is not empty",
        "",
        "published",
        0,
        {
            "ReContrast": _three((0.027, 0.021, 0.035), (0.050, 0.039, 0.061), (-0.241, -0.320, -0.161)),
            "RD++": _three((0.059, 0.046, 0.072), (0.100, 0.082, 0.120), (0.292, 0.217, 0.364)),
            "GLoRIA": _three((0.139, 0.119, 0.159), (0.226, 0.194, 0.252), (0.666, 0.563, 0.772)),
            "BioViL": _three((0.192, 0.171, 0.216), (0.299, 0.268, 0.329), (0.970, 0.883, 1.064)),
            _FIRST: {"iou": (0.164,)},
            "MedKLIP": _three((0.174, 0.157, 0.192), (0.281, 0.253, 0.308), (0.840, 0.775, 0.909)),
            "AFLoc": _three((0.211, 0.186, 0.236), (0.321, 0.290, 0.356), (1.064, 0.936, 1.175)),
        },
        _AFLOC,
    ),
    ReferenceTable(
        "padchest_gr",
        "PadChest-GR, 530 phrases",
        "padchest_gr",
        "published",
        530,
        {
            "GLoRIA, run by others": _by_others(0.208, 0.311, 1.220, 0.556),
            "MedKLIP, run by others": _by_others(0.185, 0.276, 0.828, 0.392),
            "AFLoc, run by others": _by_others(0.274, 0.389, 1.412, 0.624),
        },
        _KAF,
    ),
    ReferenceTable(
        "chexlocalize",
        "CheXlocalize test set, ten pathologies",
        "chexlocalize",
        "chexlocalize",
        0,
        {
            "Grad-CAM": {"iou": (0.282,)},
            "Grad-CAM++": {"iou": (0.254,)},
            "Eigen-CAM": {"iou": (0.269,)},
            "AFLoc": {"iou": (0.318,)},
            "CNN with Grad-CAM": {"hit": (0.599,)},
            "radiologists": {"hit": (0.801,)},
        },
        f"{_AFLOC}; hit rates of arXiv 2509.18015",
    ),
)
_CHEXLOCALIZE_TEST = range(490, 520)
"""Images of its test set with a mark; the validation set has 187."""


def reference_table(evaluation: Evaluation) -> ReferenceTable | None:
    """Return what was published on this very data by this very protocol, if anything is known."""
    if evaluation.model is None:
        return None
    if evaluation.data_set:
        asked = ((table.key, table.protocol) for table in TABLES)
        return dict(zip(asked, TABLES, strict=True)).get((evaluation.data_set, evaluation.rules.protocol.name))
    cases = len(evaluation.rows.of_kind(Kind.MODEL))
    for table in TABLES:
        if (table.format, table.protocol) == (evaluation.format, evaluation.rules.protocol.name):
            same = cases == table.cases if table.cases else evaluation.scored in _CHEXLOCALIZE_TEST
            return table if same else None
    return None

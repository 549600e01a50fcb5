"""Fractional segmentation (PS3.3 C.8.20.2.3): each map from the cold (0) to the hot end (1) of its scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.formats.dicom_common import building, finding_code, instance_attributes, long_string
from afloc_core.exporting.heat_colours import shares_of
from afloc_core.exporting.writing import ExportError

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription
    from pydicom.dataset import Dataset

    from afloc_core.exporting.picture import Picture, PictureMap

_ALTERED = ("49755003", "SCT", "Morphologically Abnormal Structure")
_INTELLIGENCE = ("123110", "DCM", "Artificial Intelligence")


def make(picture: Picture, source: Dataset) -> Dataset:
    """Return the object; what was not scored is 0."""
    from highdicom.seg import Segmentation

    if not picture.maps:
        raise ExportError("A map is of a phrase; give one.")
    most = max(picture.radiograph.shape)
    shares = [np.nan_to_num(shares_of(one.heatmap.in_image(most), *one.ends), nan=0.0) for one in picture.maps]
    with building("a DICOM SEG"):
        made: Dataset = Segmentation(
            source_images=[source],
            pixel_array=np.stack(shares, axis=-1)[None],
            segmentation_type="FRACTIONAL",
            fractional_type="PROBABILITY",
            max_fractional_value=255,
            segment_descriptions=[_description(number, one) for number, one in enumerate(picture.maps, start=1)],
            omit_empty_frames=False,
            content_label="SIMILARITY_MAP",
            content_description="Similarity with a phrase, not a probability",
            **instance_attributes(),
        )
    for item, one in zip(made.SegmentSequence, picture.maps, strict=True):
        low, high = one.ends
        item.SegmentDescription = (
            f"0 is {low:.6g} and 255 is {high:.6g} {one.heatmap.scale.unit}; research use only, not a probability"
        )
    return made


def _description(number: int, one: PictureMap) -> SegmentDescription:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from highdicom.sr import CodedConcept

    heatmap = one.heatmap
    return SegmentDescription(
        segment_number=number,
        segment_label=long_string(heatmap.phrase.typed) or f"Map {number}",
        segmented_property_category=CodedConcept(*_ALTERED),
        segmented_property_type=CodedConcept(*finding_code(heatmap.phrase.typed, None)),
        algorithm_type="AUTOMATIC",
        algorithm_identification=AlgorithmIdentificationSequence(
            name=long_string(heatmap.model.name) or "AFLoc",
            family=CodedConcept(*_INTELLIGENCE),
            version=long_string(heatmap.model.digest[:16]) or "unknown",
        ),
    )

"""What the parameters of a published checkpoint are called in our model."""

from __future__ import annotations

import re

_BACKBONE = "vision.backbone.model"
_KINDS = {"conv": "convolution", "bn": "normalization"}
_RENAMES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^img_encoder\.model\.conv1\."), f"{_BACKBONE}.embedder.embedder.convolution."),
    (re.compile(r"^img_encoder\.model\.bn1\."), f"{_BACKBONE}.embedder.embedder.normalization."),
    (re.compile(r"^img_encoder\.global_embedder\."), "vision.global_projection."),
    (re.compile(r"^img_encoder\.local_embedder\."), "vision.deep_projection."),
    (re.compile(r"^img_encoder\.local2_embedder\."), "vision.shallow_projection."),
    (re.compile(r"^text_encoder\.model\."), "text.bert."),
)
_BLOCK = re.compile(r"^img_encoder\.model\.layer([1-4])\.(\d+)\.(conv|bn)([1-3])\.(.+)$")
_SHORTCUT = re.compile(r"^img_encoder\.model\.layer([1-4])\.(\d+)\.downsample\.([01])\.(.+)$")
_UNUSED = re.compile(r"\.position_ids$|^text_encoder\.model\.pooler\.|^img_encoder\.model\.fc\.")


def our_name(published: str) -> str | None:
    """Return our name of a published parameter or buffer.

    Parameters
    ----------
    published : str
        Its name without the prefix ``afloc.``.

    Returns
    -------
    str or None
        None for what the maps do not use: position ids, the BERT pooler, the ImageNet classifier. An unknown name is
        returned unchanged, so that loading reports it.
    """
    if _UNUSED.search(published):
        return None
    if match := _BLOCK.match(published):
        layer, block, kind, number, rest = match.groups()
        return (
            f"{_BACKBONE}.encoder.stages.{int(layer) - 1}.layers.{block}.layer.{int(number) - 1}.{_KINDS[kind]}.{rest}"
        )
    if match := _SHORTCUT.match(published):
        layer, block, part, rest = match.groups()
        kind = ("convolution", "normalization")[int(part)]
        return f"{_BACKBONE}.encoder.stages.{int(layer) - 1}.layers.{block}.shortcut.{kind}.{rest}"
    for pattern, ours in _RENAMES:
        if pattern.search(published):
            return pattern.sub(ours, published)
    return published

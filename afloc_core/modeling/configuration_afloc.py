"""The configuration of an AFLoc model, in the transformers convention."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedConfig


class AFLocConfig(PreTrainedConfig):
    """Everything that shapes an AFLoc model and its maps, saved as ``config.json`` beside the weights.

    The defaults are the published model (Yang et al. 2026): ResNet-50, Bio_ClinicalBERT, 768 dimensions.

    Parameters
    ----------
    name : str
        What the window calls the model.
    method : str
        The method it implements; chooses the back end behind `Localizer`.
    backbone : str
        ``"resnet50"`` or ``"efficientnet_lite0"``.
    image_channels : int
        Input channels; a radiograph is repeated when there are three.
    deep_head : str
        ``"linear"``: a 1x1 convolution on the deep stage (published). ``"context"``: two 1x1 convolutions on the deep
        stage, the upsampled last stage and the position of the cell. ``"fine"``: all three stages and the position at
        the stride of the shallow stage.
    frame_size, input_size : int
        Side of the letterboxed square, and of what the first convolution sees after corner-aligned enlargement.
    stretch : (float, float) or None
        Percentiles of the radiograph mapped to black and white in the aligned pipeline; None keeps the 8-bit
        preparation of the published pipeline.
    projection_dim : int
        Dimensions of every embedding.
    text_config : dict
        Arguments of ``transformers.BertConfig``.
    text_projection : bool
        Whether token embeddings are normalised and projected to ``projection_dim`` (False: published).
    last_layers : int
        Hidden layers summed into the text embedding.
    word_slots : int
        Slots of the published text batch: the report embedding divides by it, and longer phrases are refused.
    similarity : str
        ``"dot"`` (published) or ``"cosine"``: the measure of the aligned pipeline.
    cell_offset : float
        Where the first deep-local cell really looks, in cells from input pixel 0; (s - 1) / 2s where cells of stride s
        tile the input, 0 where every layer pads both ends alike.
    sigma : float
        Gaussian smoothing of the aligned map, in cells.
    display_cold, display_hot : float
        Ends of the absolute display scale, see `DisplayScale`.
    calibrated : bool
        Whether those ends, and the match below, were measured on films.
    match_sharpness, match_scale, match_bias : float
        ``match = sigmoid(match_scale * pooled + match_bias)`` with ``pooled`` the log-mean-exp of the map at that
        sharpness. Used when ``calibrated``; otherwise the published zero-shot softmax is.
    attention_sharpness, pooling_sharpness, contrast_sharpness : float
        ``temp1``, ``temp2`` and ``temp3`` of the alignment losses.
    """

    model_type = "afloc"

    def __init__(
        self,
        *,
        name: str = "AFLoc",
        method: str = "afloc",
        backbone: str = "resnet50",
        image_channels: int = 3,
        deep_head: str = "linear",
        frame_size: int = 224,
        input_size: int = 299,
        stretch: tuple[float, float] | None = None,
        projection_dim: int = 768,
        text_config: dict[str, Any] | None = None,
        text_projection: bool = False,
        last_layers: int = 4,
        word_slots: int = 97,
        similarity: str = "dot",
        cell_offset: float = 0.0,
        sigma: float = 1.5,
        display_cold: float = 0.0,
        display_hot: float = 2.0,
        calibrated: bool = False,
        match_sharpness: float = 30.0,
        match_scale: float = 1.0,
        match_bias: float = 0.0,
        attention_sharpness: float = 4.0,
        pooling_sharpness: float = 5.0,
        contrast_sharpness: float = 10.0,
        **kwargs: Any,  # noqa: ANN401  (what the base class keeps)
    ) -> None:
        self.name = name
        self.method = method
        self.backbone = backbone
        self.image_channels = image_channels
        self.deep_head = deep_head
        self.frame_size = frame_size
        self.input_size = input_size
        self.stretch = None if stretch is None else (float(stretch[0]), float(stretch[1]))
        self.projection_dim = projection_dim
        self.text_config = dict(text_config or {})
        self.text_projection = text_projection
        self.last_layers = last_layers
        self.word_slots = word_slots
        self.similarity = similarity
        self.cell_offset = cell_offset
        self.sigma = sigma
        self.display_cold = display_cold
        self.display_hot = display_hot
        self.calibrated = calibrated
        self.match_sharpness = match_sharpness
        self.match_scale = match_scale
        self.match_bias = match_bias
        self.attention_sharpness = attention_sharpness
        self.pooling_sharpness = pooling_sharpness
        self.contrast_sharpness = contrast_sharpness
        super().__init__(**kwargs)

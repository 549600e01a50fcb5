"""From a network input to shallow-local, deep-local and global image features."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import ResNetBackbone, ResNetConfig

from afloc_core.errors import ModelError
from afloc_core.modeling.efficientnet_lite import EfficientNetLite0, FeatureMaps

if TYPE_CHECKING:
    from afloc_core.modeling.configuration_afloc import AFLocConfig

SHALLOW_STRIDE = 8
_FINEST_STRIDE = 4
_POSITION_GAIN = 6.0  # smaller coordinates were ignored beside features of amplitude five
_CONTEXT_CHANNELS = 384
_FINE_CHANNELS = 256
_DETAIL_CHANNELS = 96
_NORM_MOMENTUM = 0.02  # averages over fifty batches
POSITION_CHANNELS = 14


class ImageEmbeddings(NamedTuple):
    """Image features of a batch, unnormalised: (B, dim, H, W), (B, dim, h, w) and (B, dim)."""

    shallow: Tensor
    deep: Tensor
    image: Tensor


class ResNet50(nn.Module):
    """transformers' ResNet-50 with the interface of our backbones."""

    finest_channels, shallow_channels, deep_channels, final_channels = 256, 512, 1024, 2048

    def __init__(self, image_channels: int) -> None:
        super().__init__()
        config = ResNetConfig(num_channels=image_channels, out_features=["stage1", "stage2", "stage3", "stage4"])
        self.model = ResNetBackbone(config)

    def forward(self, x: Tensor) -> FeatureMaps:
        """Map (B, C, S, S) to the features of all stages."""
        return FeatureMaps(*self.model(x).feature_maps)


class StageChannels(NamedTuple):
    """Channels of the backbone's stages at strides 4, 8, 16 and 32."""

    finest: int
    shallow: int
    deep: int
    final: int


class LinearHead(nn.Conv2d):
    """The published deep-local projection: a 1x1 convolution without bias on the deep stage."""

    stride_in_input = 16

    def __init__(self, channels: StageChannels, dim: int) -> None:
        super().__init__(channels.deep, dim, 1, bias=False)

    def forward(self, stages: FeatureMaps) -> Tensor:  # type: ignore[override]  # as FineHead
        """Map the deep stage to (B, dim, h, w)."""
        return super().forward(stages.deep)


class FineHead(nn.Module):
    """Deep-local projection at the stride of the shallow stage, which says where the deep stage says what.

    A sum of 1x1 convolutions of the three stages and of where in the frame a cell lies, a 3x3 neighbourhood, a
    normalisation without which all films come to look alike in training, and the projection. The cells of all stages
    tile the frame, so the deeper ones are enlarged without aligned corners.
    """

    stride_in_input = SHALLOW_STRIDE

    def __init__(self, channels: StageChannels, dim: int) -> None:
        super().__init__()
        self.from_shallow = nn.Conv2d(channels.shallow, _FINE_CHANNELS, 1)
        self.from_deep = nn.Conv2d(channels.deep, _FINE_CHANNELS, 1, bias=False)
        self.from_final = nn.Conv2d(channels.final, _FINE_CHANNELS, 1, bias=False)
        self.from_position = nn.Conv2d(POSITION_CHANNELS, _FINE_CHANNELS, 1, bias=False)
        self.around = nn.Conv2d(_FINE_CHANNELS, _FINE_CHANNELS, 3, 1, 1, groups=_FINE_CHANNELS)
        self.mix = nn.Conv2d(_FINE_CHANNELS, _FINE_CHANNELS, 1)
        self.norm = nn.BatchNorm2d(_FINE_CHANNELS, affine=False, momentum=_NORM_MOMENTUM)
        self.project = nn.Conv2d(_FINE_CHANNELS, dim, 1, bias=False)

    @torch.no_grad()
    def hide(self, *, places: bool, focused: bool) -> None:
        """Zero the weights of positions where ``places``, and of the last stage, or until then the shallow one."""
        if places:
            self.from_position.weight.zero_()
        (self.from_final if focused else self.from_shallow).weight.zero_()

    def forward(self, stages: FeatureMaps) -> Tensor:
        """Map the features to (B, dim, h, w) at stride 8."""
        return self._projected(self._cells(stages))

    def _cells(self, stages: FeatureMaps) -> Tensor:
        """Gather what is known of each cell at stride 8, none of it below zero."""
        size = (int(stages.shallow.shape[-2]), int(stages.shallow.shape[-1]))
        coarse = (self.from_deep(stages.deep), self.from_final(stages.final))
        total = self.from_shallow(stages.shallow) + self.from_position(_position_channels(size).to(stages.shallow))
        for part in coarse:
            total = total + F.interpolate(part, size=size, mode="bilinear", align_corners=False)
        cells = F.relu(total)
        return cells + F.relu(self.mix(self.around(cells)))

    def _projected(self, cells: Tensor) -> Tensor:
        projected: Tensor = self.project(self.norm(cells))
        return projected


class FinestHead(FineHead):
    """`FineHead` with cells half as wide, which the stage at stride 4 corrects.

    What that adds to an enlarged cell begins at zero, so that the weights of a `FineHead` are a start.
    """

    stride_in_input = _FINEST_STRIDE

    def __init__(self, channels: StageChannels, dim: int) -> None:
        super().__init__(channels, dim)
        self.detail = nn.Sequential(
            nn.Conv2d(channels.finest, _DETAIL_CHANNELS, 1),
            nn.ReLU(),
            nn.Conv2d(_DETAIL_CHANNELS, _DETAIL_CHANNELS, 5, 1, 2, groups=_DETAIL_CHANNELS),
            nn.ReLU(),
        )
        self.from_detail = nn.Conv2d(_DETAIL_CHANNELS, _FINE_CHANNELS, 1, bias=False)
        nn.init.zeros_(self.from_detail.weight)

    def forward(self, stages: FeatureMaps) -> Tensor:
        """Map the features to (B, dim, h, w) at stride 4."""
        size = stages.finest.shape[-2:]
        cells = F.interpolate(self._cells(stages), size=size, mode="bilinear", align_corners=False)
        return self._projected(F.relu(cells + self.from_detail(self.detail(stages.finest))))


class ContextHead(nn.Module):
    """Deep-local projection that also knows the last stage and where in the frame the cell lies."""

    stride_in_input = 16

    def __init__(self, channels: StageChannels, dim: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(channels.deep + channels.final + POSITION_CHANNELS, _CONTEXT_CHANNELS, 1)
        self.project = nn.Conv2d(_CONTEXT_CHANNELS, dim, 1)
        self._deep_channels = channels.deep

    @torch.no_grad()
    def hide(self, *, places: bool, focused: bool) -> None:
        """Zero the weights of positions where ``places``, and of the last stage where ``focused``."""
        if places:
            self.mix.weight[:, -POSITION_CHANNELS:] = 0
        if focused:
            self.mix.weight[:, self._deep_channels : -POSITION_CHANNELS] = 0

    def forward(self, stages: FeatureMaps) -> Tensor:
        """Map the deep and the last stage to (B, dim, h, w)."""
        deep = stages.deep
        size = (int(deep.shape[-2]), int(deep.shape[-1]))
        context = F.interpolate(stages.final, size=size, mode="bilinear", align_corners=True)
        where = _position_channels(size).to(deep).expand(deep.shape[0], -1, -1, -1)
        cells: Tensor = self.project(F.relu(self.mix(torch.cat([deep, context, where], dim=1))))
        return cells


def _position_channels(size: tuple[int, int]) -> Tensor:
    """x, y, and their sines and cosines at three scales, times the gain; shape (1, 14, h, w)."""
    y, x = torch.meshgrid(*(torch.linspace(-1, 1, n) for n in size), indexing="ij")
    waves = [f(torch.pi * scale * axis) for scale in (1, 2, 4) for axis in (x, y) for f in (torch.sin, torch.cos)]
    return _POSITION_GAIN * torch.stack([x, y, *waves])[None]


_BACKBONES: dict[str, type[ResNet50] | type[EfficientNetLite0]] = {
    "resnet50": ResNet50,
    "efficientnet_lite0": EfficientNetLite0,
}
_HEADS: dict[str, type[LinearHead] | type[ContextHead] | type[FineHead] | type[FinestHead]] = {
    "linear": LinearHead,
    "context": ContextHead,
    "fine": FineHead,
    "finest": FinestHead,
}


class ImageEncoder(nn.Module):
    """Backbone and projections.

    Raises
    ------
    ModelError
        If the configuration names a backbone or head that does not exist.
    """

    def __init__(self, config: AFLocConfig) -> None:
        super().__init__()
        try:
            self.backbone = _BACKBONES[config.backbone](config.image_channels)
            head = _HEADS[config.deep_head]
        except KeyError as unknown:
            raise ModelError(
                f"The model folder names {unknown}, which this version does not know; use a newer version."
            ) from None
        dim = config.projection_dim
        channels = StageChannels(
            self.backbone.finest_channels,
            self.backbone.shallow_channels,
            self.backbone.deep_channels,
            self.backbone.final_channels,
        )
        self.shallow_projection = nn.Conv2d(channels.shallow, dim, 1, bias=False)
        self.deep_projection = head(channels, dim)
        self.global_norm = (
            nn.BatchNorm1d(channels.final, affine=False, momentum=_NORM_MOMENTUM)
            if issubclass(head, FineHead)
            else nn.Identity()
        )
        self.global_projection = nn.Linear(channels.final, dim)
        self.input_size = config.input_size

    @property
    def deep_stride(self) -> int:
        """Input pixels between neighbouring deep-local cells."""
        return self.deep_projection.stride_in_input

    def forward(self, pixel_values: Tensor) -> ImageEmbeddings:
        """Encode letterboxed frames.

        Parameters
        ----------
        pixel_values : Tensor of float32, shape (B, C, frame, frame)
            Normalised to [-1, 1]. Enlarged with aligned corners when the configuration's input side is larger.
        """
        if pixel_values.shape[-1] != self.input_size:
            pixel_values = F.interpolate(
                pixel_values, size=(self.input_size, self.input_size), mode="bilinear", align_corners=True
            )
        return self.project(self.backbone(pixel_values))

    def project(self, stages: FeatureMaps) -> ImageEmbeddings:
        """Project features of the backbone to the common space."""
        return ImageEmbeddings(
            self.shallow_projection(stages.shallow),
            self.deep_projection(stages),
            self.global_projection(self.global_norm(stages.final.mean(dim=(2, 3)))),
        )

"""From a network input to shallow-local, deep-local and global image features."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import ResNetBackbone, ResNetConfig

from afloc_core.errors import ModelError
from afloc_core.modeling.efficientnet_lite import EfficientNetLite0

if TYPE_CHECKING:
    from afloc_core.modeling.configuration_afloc import AFLocConfig

SHALLOW_STRIDE = 8
_POSITION_GAIN = 6.0  # smaller coordinates were ignored beside features of amplitude five
_CONTEXT_CHANNELS = 384
_FINE_CHANNELS = 256
_NORM_MOMENTUM = 0.02  # averages over fifty batches
POSITION_CHANNELS = 14


class ImageEmbeddings(NamedTuple):
    """Image features of a batch, unnormalised: (B, dim, H, W), (B, dim, h, w) and (B, dim)."""

    shallow: Tensor
    deep: Tensor
    image: Tensor


class ResNet50(nn.Module):
    """transformers' ResNet-50 with the interface of our backbones."""

    shallow_channels, deep_channels, final_channels = 512, 1024, 2048

    def __init__(self, image_channels: int) -> None:
        super().__init__()
        config = ResNetConfig(num_channels=image_channels, out_features=["stage2", "stage3", "stage4"])
        self.model = ResNetBackbone(config)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map (B, C, S, S) to the features at strides 8, 16 and 32."""
        shallow, deep, final = self.model(x).feature_maps
        return shallow, deep, final


class StageChannels(NamedTuple):
    """Channels of the backbone's stages at strides 8, 16 and 32."""

    shallow: int
    deep: int
    final: int


class LinearHead(nn.Conv2d):
    """The published deep-local projection: a 1x1 convolution without bias on the deep stage."""

    stride_in_input = 16

    def __init__(self, channels: StageChannels, dim: int) -> None:
        super().__init__(channels.deep, dim, 1, bias=False)

    def forward(self, _shallow: Tensor, deep: Tensor, _final: Tensor) -> Tensor:  # type: ignore[override]  # as FineHead
        """Map (B, deep channels, h, w) to (B, dim, h, w)."""
        return super().forward(deep)


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

    def forward(self, shallow: Tensor, deep: Tensor, final: Tensor) -> Tensor:
        """Map the features at strides 8, 16 and 32 to (B, dim, h, w) at stride 8."""
        size = (int(shallow.shape[-2]), int(shallow.shape[-1]))
        coarse = (self.from_deep(deep), self.from_final(final))
        total = self.from_shallow(shallow) + self.from_position(_position_channels(size).to(shallow))
        for part in coarse:
            total = total + F.interpolate(part, size=size, mode="bilinear", align_corners=False)
        cells = F.relu(total)
        cells = cells + F.relu(self.mix(self.around(cells)))
        projected: Tensor = self.project(self.norm(cells))
        return projected


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

    def forward(self, _shallow: Tensor, deep: Tensor, final: Tensor) -> Tensor:
        """Map (B, deep channels, h, w) and (B, final channels, h / 2, w / 2) to (B, dim, h, w)."""
        size = (int(deep.shape[-2]), int(deep.shape[-1]))
        context = F.interpolate(final, size=size, mode="bilinear", align_corners=True)
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
_HEADS: dict[str, type[LinearHead] | type[ContextHead] | type[FineHead]] = {
    "linear": LinearHead,
    "context": ContextHead,
    "fine": FineHead,
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
            self.backbone.shallow_channels, self.backbone.deep_channels, self.backbone.final_channels
        )
        self.shallow_projection = nn.Conv2d(channels.shallow, dim, 1, bias=False)
        self.deep_projection = head(channels, dim)
        self.global_norm = (
            nn.BatchNorm1d(channels.final, affine=False, momentum=_NORM_MOMENTUM) if head is FineHead else nn.Identity()
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
        return self.project(*self.backbone(pixel_values))

    def project(self, shallow: Tensor, deep: Tensor, final: Tensor) -> ImageEmbeddings:
        """Project backbone features at strides 8, 16 and 32 to the common space."""
        return ImageEmbeddings(
            self.shallow_projection(shallow),
            self.deep_projection(shallow, deep, final),
            self.global_projection(self.global_norm(final.mean(dim=(2, 3)))),
        )

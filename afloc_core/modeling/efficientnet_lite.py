"""EfficientNet-Lite0 (Tan and Le 2019, the Lite variant without squeeze-excitation), batch normalisation folded in.

Strided convolutions pad as TensorFlow's "same" does, which the ImageNet weights were trained with. On a side that is a
multiple of 32 (288 here) that pads the right and the bottom by one more, and what cell i of a stride-s map sees is
centred on input pixel s * i + (s - 1) / 2: the cells tile the input. On a side one more than that (289) it pads both
ends alike, and the same weights look (s - 1) / 2 pixels to the upper left of input pixel s * i. The configuration's
``cell_offset`` says which.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Stage(NamedTuple):
    """One stage of inverted residual blocks."""

    expansion: int
    kernel: int
    stride: int
    channels: int
    blocks: int


STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(6, 3, 2, 24, 2),
    Stage(6, 5, 2, 40, 2),
    Stage(6, 3, 2, 80, 3),
    Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 2, 192, 4),
    Stage(6, 3, 1, 320, 1),
)
STEM_CHANNELS = 32


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's "same": as many cells as the side divided by the stride, rounded up."""

    def __init__(self, channels: int, out_channels: int, kernel: int, stride: int, groups: int = 1) -> None:
        super().__init__(channels, out_channels, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels, H, W) to (B, out channels, ceil(H / stride), ceil(W / stride))."""
        if self.stride[0] > 1:
            before_x, after_x = _same_padding(x.shape[-1], self.kernel_size[1], self.stride[1])
            before_y, after_y = _same_padding(x.shape[-2], self.kernel_size[0], self.stride[0])
            x = F.pad(x, (before_x, after_x, before_y, after_y))
        return super().forward(x)


def _same_padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels before and after an axis; an odd one is put after."""
    total = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


class InvertedResidual(nn.Module):
    """Expansion, depth-wise convolution, projection; the input is added when shapes allow."""

    def __init__(self, channels: int, stage: Stage, stride: int) -> None:
        super().__init__()
        wide = channels * stage.expansion
        self.expand = nn.Conv2d(channels, wide, 1) if stage.expansion > 1 else None
        self.depthwise = SameConv2d(wide, wide, stage.kernel, stride, groups=wide)
        self.project = nn.Conv2d(wide, stage.channels, 1)
        self.adds_input = stride == 1 and channels == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels, H, W) to (B, stage channels, H / stride, W / stride)."""
        wide = x if self.expand is None else F.relu6(self.expand(x))
        y: Tensor = self.project(F.relu6(self.depthwise(wide)))
        return x + y if self.adds_input else y


class EfficientNetLite0(nn.Module):
    """The seven stages of EfficientNet-Lite0.

    Attributes
    ----------
    shallow_channels, deep_channels, final_channels : int
        Channels at stride 8, 16 and 32.
    """

    shallow_channels = STAGES[2].channels
    deep_channels = STAGES[4].channels
    final_channels = STAGES[6].channels

    def __init__(self, image_channels: int = 1) -> None:
        super().__init__()
        self.stem = SameConv2d(image_channels, STEM_CHANNELS, 3, 2)
        stages, channels = [], STEM_CHANNELS
        for stage in STAGES:
            blocks = []
            for number in range(stage.blocks):
                blocks.append(InvertedResidual(channels, stage, stage.stride if number == 0 else 1))
                channels = stage.channels
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)

    def early(self, x: Tensor) -> Tensor:
        """Map (B, C, S, S) to the stride-8 features (B, 40, S / 8, S / 8)."""
        x = F.relu6(self.stem(x))
        for stage in self.stages[:3]:
            x = stage(x)
        return x

    def late(self, shallow: Tensor) -> tuple[Tensor, Tensor]:
        """Map the stride-8 features to (B, 112, S / 16, S / 16) and (B, 320, S / 32, S / 32)."""
        deep = self.stages[4](self.stages[3](shallow))
        return deep, self.stages[6](self.stages[5](deep))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map (B, C, S, S) to the features at strides 8, 16 and 32."""
        shallow = self.early(x)
        return (shallow, *self.late(shallow))


def convolutions(backbone: EfficientNetLite0) -> list[nn.Conv2d]:
    """Every convolution in the order in which the ImageNet checkpoint names them."""
    found: list[nn.Conv2d] = [backbone.stem]
    for stage in backbone.stages:
        for block in stage:  # type: ignore[attr-defined]  # each stage is a Sequential
            found += [layer for layer in (block.expand, block.depthwise, block.project) if layer is not None]
    return found


@torch.no_grad()
def adopt_imagenet_weights(backbone: EfficientNetLite0, state: dict[str, Tensor], images: Tensor) -> None:
    """Fill a one-channel backbone from an ImageNet checkpoint, normalised for radiographs.

    The statistics of each batch normalisation are measured on ``images`` instead of taken from ImageNet (adaptive
    batch normalisation, Li et al. 2016) and folded into the convolution before it, layer after layer in one pass.

    Parameters
    ----------
    backbone : EfficientNetLite0
        With one input channel; changed in place.
    state : dict
        State of the ``efficientnet-lite0`` checkpoint: convolutions followed by their batch normalisation.
    images : Tensor of float32, shape (B, 1, S, S)
        Network inputs; a hundred are enough.
    """
    weights = [value for key, value in state.items() if value.ndim == 4 and "_conv_head" not in key]
    norms = [key.removesuffix(".running_var") for key in state if key.endswith(".running_var")][: len(weights)]

    def fold(layer: nn.Conv2d, norm: str) -> None:
        def hook(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
            variance, mean = torch.var_mean(output, dim=(0, 2, 3))
            scale = state[f"{norm}.weight"] / (variance + 1e-3).sqrt()
            bias = state[f"{norm}.bias"] - mean * scale
            layer.weight.mul_(scale[:, None, None, None])
            assert layer.bias is not None
            layer.bias.copy_(bias)
            return output * scale[:, None, None] + bias[:, None, None]

        handles.append(layer.register_forward_hook(hook))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for layer, weight, norm in zip(convolutions(backbone), weights, norms, strict=True):
        layer.weight.copy_(weight.sum(dim=1, keepdim=True) if layer is backbone.stem else weight)
        assert layer.bias is not None
        layer.bias.zero_()
        fold(layer, norm)
    backbone(images)
    for handle in handles:
        handle.remove()

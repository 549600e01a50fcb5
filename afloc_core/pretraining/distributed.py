"""Several processes that train one model, as ``torchrun`` starts them; without it, one process.

Everything here does nothing for one process, so that training code is written once. Source: the data-parallel form of a
contrastive loss over the whole batch, as in open_clip: embeddings are gathered with their gradient, and
`DistributedDataParallel` averages what each process then finds.
"""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Value = TypeVar("_Value")
_LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True)
class Processes:
    """The processes of a run, seen from one of them.

    Attributes
    ----------
    rank : int
        Number of this process, from 0.
    size : int
        How many there are.
    device : torch.device
        Where this process computes.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this is the process that logs and writes."""
        return self.rank == 0


ALONE = Processes(0, 1, torch.device("cpu"))
"""The only process of a run, on the processor."""


@contextmanager
def processes() -> Iterator[Processes]:
    """Join the processes that ``torchrun`` started, or be the only one.

    Each process takes the GPU of its local rank and NCCL, or the processor and gloo where there is no GPU. Only the
    first process logs below warnings.

    Yields
    ------
    Processes
    """
    gpu = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if gpu else torch.device("cpu")
    if gpu:
        torch.cuda.set_device(device)
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        yield Processes(0, 1, device)
        return
    dist.init_process_group("nccl" if gpu else "gloo", timeout=_LONGEST_WAIT)  # all wait while the first makes the pool
    try:
        joined = Processes(dist.get_rank(), dist.get_world_size(), device)
        if not joined.first:
            logging.getLogger("afloc_core").setLevel(logging.WARNING)
        yield joined
    finally:
        dist.destroy_process_group()


def gather_rows(values: Tensor) -> Tensor:
    """Concatenate the rows of all processes in the order of their ranks, with the gradient.

    Parameters
    ----------
    values : Tensor, shape (B, ...)
        The same shape in every process.

    Returns
    -------
    Tensor, shape (processes * B, ...)
        Its gradient reaches the process that a row came from, summed over the processes that used it.
    """
    if _alone():
        return values
    gathered: Tensor = _GatherRows.apply(values)  # type: ignore[no-untyped-call]
    return gathered


def exact(values: Tensor) -> Tensor:
    """Return values of half precision in float32 and others as they are."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def from_first(value: _Value) -> _Value:
    """Return what the first process passed, in every process: a decision that all must share."""
    if _alone():
        return value
    box: list[Any] = [value]
    dist.broadcast_object_list(box, src=0)
    shared: _Value = box[0]
    return shared


def union(values: set[int]) -> set[int]:
    """Unite the sets of all processes."""
    if _alone():
        return values
    boxes: list[set[int]] = [set() for _ in range(dist.get_world_size())]
    dist.all_gather_object(boxes, values)
    return set().union(*boxes)


def average_gradients(parameters: Iterable[Tensor]) -> None:
    """Replace every gradient by its mean over the processes; each process must hold the same parameters in order."""
    if _alone():
        return
    for parameter in parameters:
        if parameter.grad is not None:
            dist.all_reduce(parameter.grad)
            parameter.grad /= dist.get_world_size()


def wait_for_all() -> None:
    """Return when every process has come here."""
    if not _alone():
        dist.barrier()


def shared_model(module: nn.Module, here: Processes) -> nn.Module:
    """Wrap a module so that ``backward`` leaves the same gradient in every process.

    The gradient is the mean over the processes: right where each computes the loss of the whole batch from rows that
    `gather_rows` brought together, or a mean loss over its own rows.
    """
    if here.size == 1:
        return module
    devices = [here.device] if here.device.type == "cuda" else None
    return DistributedDataParallel(module, device_ids=devices)


def share_batch_norm(module: nn.Module, here: Processes) -> None:
    """Let every batch normalisation below a module use the statistics of the whole batch.

    Names of parameters and buffers stay.
    """
    if here.size == 1:
        return
    if here.device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]
        return
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d):
            shared = SharedBatchNorm2d(child.num_features, child.eps, child.momentum).to(child.weight)
            shared.load_state_dict(child.state_dict())
            setattr(module, name, shared)
        else:
            share_batch_norm(child, here)


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation over all processes on the processor, where torch's `SyncBatchNorm` refuses to work."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (B, C, H, W), the same B in every process."""
        if not self.training or _alone() or self.running_mean is None or self.running_var is None:
            return super().forward(x)
        values = exact(x)
        mean = _mean_of_all(values.mean(dim=(0, 2, 3)))
        centred = values - mean[:, None, None]
        variance = _mean_of_all(centred.square().mean(dim=(0, 2, 3)))
        with torch.no_grad():
            n = dist.get_world_size() * x.numel() / x.shape[1]
            momentum = 0.1 if self.momentum is None else self.momentum
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * (n / max(n - 1, 1)), momentum)
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(x.dtype)


def _mean_of_all(values: Tensor) -> Tensor:
    return gather_rows(values[None]).mean(dim=0)


def _alone() -> bool:
    return not dist.is_initialized() or dist.get_world_size() == 1


class _GatherRows(torch.autograd.Function):
    """All-gather whose gradient is summed; torch's own is deprecated without a public successor."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:  # noqa: ANN401  (torch's context)
        ctx.rows = values.shape[0]
        parts = [torch.empty_like(values, memory_format=torch.contiguous_format) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, values.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401
        whole = gradients[0].contiguous().clone()
        dist.all_reduce(whole)
        first = dist.get_rank() * ctx.rows
        return whole[first : first + ctx.rows]

"""Two processes that train the bundled recipe take every step together."""

from __future__ import annotations

from pathlib import Path

import torch

from afloc_core.pretraining.distributed import processes
from tests.pretraining.test_training import trainer
from tests.pretraining.together import run_together


def train(rank: int, folder: Path) -> None:
    """Train three steps as one of two processes, and write the weights that this process has then."""
    with processes() as here:
        one = trainer(folder, 3, here=here)
        one._record_every = 1
        one.run()
        torch.save({name: p.detach() for name, p in one._trained.items()}, folder / f"weights-{rank}.pt")


def test_processes_end_with_equal_weights_from_different_batches(tmp_path: Path) -> None:
    together = run_together(train, tmp_path)
    first, second = (torch.load(together / f"weights-{rank}.pt", weights_only=True) for rank in range(2))
    for name, value in first.items():
        torch.testing.assert_close(second[name], value, rtol=0, atol=0, msg=name)
    alone = trainer(tmp_path / "alone", 3)
    alone.run()
    assert any(not torch.allclose(alone._trained[name], value) for name, value in first.items())
    assert len((together / "curve.csv").read_text(encoding="utf-8").splitlines()) == 3, "only the first process writes"

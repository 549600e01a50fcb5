"""Ratios measured in one run. They run on request: a loaded machine must not fail the other tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from afloc_core.commands import benchmark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.benchmark


@pytest.fixture(scope="module")
def published_size(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    benchmark.make_published_size_model(folder)
    return folder


def report(measurements: Sequence[benchmark.Measurement]) -> None:
    for one in measurements:
        print(benchmark.sentence(one))  # noqa: T201  (a benchmark is there to be read)
    assert all(one.kept for one in measurements)


def test_phrase_to_map(published_size: Path) -> None:
    report(benchmark.phrase_to_map(published_size))


def test_seen_before() -> None:
    report(benchmark.seen_before(None))


def test_window_shown() -> None:
    report(benchmark.window_shown())


def test_frames_with_marks_of_many_readers() -> None:
    report(benchmark.marks_on_screen())


def test_a_hundred_thousand_cases() -> None:
    report(benchmark.cases_listed())


def test_a_cohort_run() -> None:
    report(benchmark.cohort_run(None))


def test_memory_of_a_hundred_thousand_rows() -> None:
    report(benchmark.cohort_memory())


def test_peak_memory(published_size: Path) -> None:
    report(benchmark.peak_memory(None, str(published_size)))

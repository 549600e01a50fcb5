"""`afloc benchmark`: the performance budgets, each as a ratio of two things timed in the same run."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.cohort.threads import ONE_THREAD_EACH
from afloc_core.errors import AFLocError
from afloc_core.imaging.open import open_radiograph
from afloc_core.imaging.sample import sample_film

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.localizer import Localizer

_SHORT = "small left pleural effusion"
_LONG = "moderate right pleural effusion with adjacent atelectasis and a small apical pneumothorax on left"
_REPEATS = 7
_MEGABYTE = 2**20


@dataclass(frozen=True)
class Measurement:
    """One budget and what was measured.

    Attributes
    ----------
    name : str
    value : float
        The ratio, or what ``unit`` says.
    budget : float
    at_least : bool
        Whether the value must reach the budget or stay below it.
    unit : str
    detail : str
        The two times behind the ratio.
    """

    name: str
    value: float
    budget: float
    at_least: bool
    unit: str
    detail: str

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.value >= self.budget if self.at_least else self.value <= self.budget


def run(options: Namespace) -> None:
    """Measure, print a line per budget, and write the JSON file if one was asked for."""
    measurements: list[Measurement] = []
    with TemporaryDirectory() as scratch:
        published = Path(scratch) / "published"
        make_published_size_model(published)
        measurements += phrase_to_map(published)
        measurements += seen_before(options.model)
        measurements += peak_memory(options.model, str(published))
    measurements += window_shown()
    measurements += marks_on_screen()
    measurements += cases_listed()
    measurements += cohort_run(options.model)
    measurements += cohort_memory()
    for one in measurements:
        sys.stdout.write(f"{sentence(one)}\n")
    if options.json:
        rows = [{**asdict(one), "kept": one.kept} for one in measurements]
        try:
            Path(options.json).write_text(json.dumps(rows, indent=1), encoding="utf-8")
        except OSError:
            raise AFLocError("The JSON file cannot be written; choose another path.") from None


def sentence(one: Measurement) -> str:
    """Say a measurement in one line."""
    sign = ">=" if one.at_least else "<="
    verdict = "kept" if one.kept else "MISSED"
    return f"{one.name}: {one.value:.1f} {one.unit} (budget {sign} {one.budget:g}, {verdict}; {one.detail})"


def phrase_to_map(folder: Path) -> list[Measurement]:
    """Time a new phrase on a cached image against encoding image and padded text again, as the published way does."""
    import torch

    from afloc_core.localization.afloc_method import AFLocMethod
    from afloc_core.localization.localizer import Localizer
    from afloc_core.localization.pipelines import Pipeline

    method = AFLocMethod.from_folder(folder)
    localizer = Localizer(method)
    radiograph = open_radiograph(sample_film())
    way = Pipeline.PUBLISHED
    image = localizer.encode_image(radiograph, way)
    frame, _ = method.processor.published_input(radiograph.pixels)
    found = []
    for phrase, budget in ((_SHORT, 5.0), (_LONG, 4.0)):
        cleaned = method.clean(phrase, way)

        def new_phrase(cleaned: str = cleaned) -> np.ndarray[Any, Any]:
            return method.grid(image, method.encode_phrase(cleaned, cleaned), way)

        def everything(cleaned: str = cleaned) -> np.ndarray[Any, Any]:
            with torch.inference_mode():
                deep = method.model.encode_image(method.processor.tensor(frame[None])).deep[0]
                report = method.model.encode_text(method.processor.encode([cleaned], pad_to=97)).report[0]
                return torch.einsum("dhw,d->hw", deep, report).numpy()

        slow, fast = _interleaved(everything, new_phrase)
        difference = float(np.abs(everything() - new_phrase()).max() / np.abs(everything()).max())
        if difference > 1e-4:
            raise AFLocError(f"The two ways of making the map differ by {difference:.1e}, which must not happen.")
        words = len(cleaned.split())
        found.append(_ratio(f"phrase to map, image cached, {words} words", slow, fast, budget))
    return found


def seen_before(model: str | None) -> list[Measurement]:
    """Time what was computed before against computing it."""
    from afloc_core.localization.localizer import Localizer

    radiograph = open_radiograph(sample_film())
    warm = Localizer.from_pretrained(model)
    warm.locate(radiograph, _SHORT)
    cold_phrases = (f"{_SHORT} {number}" for number in range(10**6))
    phrase = _interleaved(lambda: warm.encode_phrase(next(cold_phrases)), lambda: warm.encode_phrase(_SHORT))
    cold_films = (_variant(radiograph, number) for number in range(10**6))
    films = [next(cold_films) for _ in range(_REPEATS + 1)]
    for film in films:
        _ = film.digest  # made once when a file is opened
    image = _interleaved(lambda: warm.encode_image(films.pop()), lambda: warm.encode_image(radiograph))
    return [
        Measurement("text path, chosen model", phrase[0] * 1e3, 15.0, False, "ms", "median, a new phrase of 5 words"),
        Measurement("image path, chosen model", image[0] * 1e3, 60.0, False, "ms", "median, a new film already opened"),
        _ratio("phrase seen before", *phrase, 200.0),
        _ratio("image seen before", *image, 200.0),
    ]


def window_shown() -> list[Measurement]:
    """Time our window against an empty one, each in a fresh process; nothing when the application is not installed."""
    command = [sys.executable, "-m", "app.window_benchmark"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write("The window was not measured: the application could not be started here.\n")
        return []
    times = json.loads(done.stdout)
    return [
        Measurement(
            "window shown", times["ours"] / times["empty"], 1.5, False, "x an empty window",
            f"{times['ours']:.2f} s against {times['empty']:.2f} s",
        )
    ]  # fmt: skip


def marks_on_screen() -> list[Measurement]:
    """Time frames with 20 readers x 50 marks on a film of 2544 x 3056; nothing when there is no application."""
    done = subprocess.run([sys.executable, "-m", "app.frame_benchmark"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write("Frames were not measured: the application could not be started here.\n")
        return []
    slowest, milliseconds = max(json.loads(done.stdout).items(), key=lambda item: item[1])
    name = "frame with 20 readers x 50 marks, p95"
    return [Measurement(name, milliseconds, 16.0, False, "ms", f"slowest of all ways of comparing: {slowest}")]


def cases_listed() -> list[Measurement]:
    """Time a list of 100,000 cases, of a table and of a folder; nothing when there is no application."""
    done = subprocess.run([sys.executable, "-m", "app.list_benchmark"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write("The list of cases was not measured: the application could not be started here.\n")
        return []
    found = []
    for source, figures in json.loads(done.stdout).items():
        scrolling = {name: value for name, value in figures.items() if name.startswith("scrolling")}
        slowest = max(scrolling, key=lambda name: scrolling[name])
        rows = f"{figures['rows']:,.0f} cases of a {source}"
        held_up = f"the window was held up for {figures['held up while listing, worst ms']:.0f} ms at most"
        grown = figures["grown while scrolling through all, MB"]
        found += [
            Measurement(f"{rows} listed", figures["all listed, s"], 2.0, False, "s", held_up),
            Measurement(f"{rows}, frame of scrolling, p95", scrolling[slowest], 16.0, False, "ms", slowest),
            Measurement(f"{rows}, memory grown by scrolling through all", grown, 10.0, False, "MB", "resident set"),
        ]
    return found


def cohort_run(model: str | None) -> list[Measurement]:
    """Measure a run over a cohort against the image encoder alone, and a second phrase over kept features."""
    program = (
        "import json, sys; from dataclasses import asdict; from pathlib import Path;"
        "from afloc_core.cohort.budgets import measure_pace; from afloc_core.localization.localizer import Localizer;"
        "models = [Localizer.from_pretrained(json.loads(sys.argv[1])) for _ in range(2)];"
        "print(json.dumps(asdict(measure_pace(*models, Path(sys.argv[2])))))"
    )
    with TemporaryDirectory() as scratch:
        done = subprocess.run(  # a process of its own, with the threads that `afloc evaluate` has
            [sys.executable, "-c", program, json.dumps(model), scratch],
            capture_output=True, text=True, check=True, env={**os.environ, **ONE_THREAD_EACH},
        )  # fmt: skip
    pace = json.loads(done.stdout.splitlines()[-1])
    shares = [
        Measurement(
            f"cohort run, share of the encoder's pace {how}", 100 * pace[f"encoder{by}"] / pace[f"run{by}"],
            80.0, True, "%", f"{pace[f'encoder{by}'] * 1e3:.1f} ms and {pace[f'run{by}'] * 1e3:.1f} ms a film",
        )
        for by, how in (("", "in processor time"), ("_wall", "by the clock"))
    ]  # fmt: skip
    return [
        *shares,
        _ratio("second phrase over kept features", pace["first"], pace["second"], 50.0),
    ]


def cohort_memory() -> list[Measurement]:
    """Measure how much more memory a run over the readers of 100,000 boxes takes than one over 1,000."""
    peaks = []
    with TemporaryDirectory() as scratch:
        for rows in (1_000, 100_000):
            peaks.append(peak_of_readers(rows, Path(scratch)) / _MEGABYTE)
    name, detail = "memory grown from 1,000 to 100,000 rows", f"peak resident set {peaks[0]:.0f} and {peaks[1]:.0f} MB"
    return [Measurement(name, peaks[1] - peaks[0], 60.0, False, "MB", detail)]


def peak_of_readers(rows: int, folder: Path) -> int:
    """Return the peak resident set, bytes, of a process that scores the readers of so many boxes with each other."""
    from afloc_core.cohort.drawn_list import write_list

    program = (
        "import sys; from afloc_core.cli import main; from afloc_core.commands.benchmark import peak_bytes;"
        "status = main(sys.argv[1:]); print(peak_bytes()); sys.exit(status)"
    )
    marks = folder / f"{rows}.csv"
    write_list(marks, rows)
    given = ["evaluate", "--annotations", str(marks), "--model", "none", "--output", str(folder / str(rows))]
    done = subprocess.run([sys.executable, "-c", program, *given], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])


def make_published_size_model(folder: Path) -> None:
    """Write a model folder of the published sizes with random weights and the bundled tokenizer."""
    import torch

    from afloc_core.localization.localizer import BUNDLED
    from afloc_core.modeling.configuration_afloc import AFLocConfig
    from afloc_core.modeling.modeling_afloc import AFLocModel
    from afloc_core.modeling.processing_afloc import AFLocProcessor
    from afloc_core.resource_files import resource_path

    torch.manual_seed(0)
    config = AFLocConfig(name="AFLoc-size", text_config={"vocab_size": 30522})
    AFLocModel(config).save_pretrained(folder)
    AFLocProcessor.from_pretrained(resource_path("models", BUNDLED), config).save_pretrained(folder)


def peak_memory(model: str | None, published: str) -> list[Measurement]:
    """Measure the peak memory of a process that opens the sample film and locates a phrase, at both sizes."""
    return [
        _peak_memory("peak memory, chosen model", model, 700),
        _peak_memory("peak memory, published sizes", published, 1600),
    ]


def _peak_memory(name: str, model: str | None, budget: float) -> Measurement:
    """Measure the peak memory of a process that opens the sample film and locates one phrase."""
    command = [sys.executable, "-m", "afloc_core.commands.benchmark", *([model] if model else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AFLocError("The model folder cannot be used; give one made by `afloc convert` or `afloc pretrain`.")
    return Measurement(name, float(done.stdout) / _MEGABYTE, budget, False, "MB", "peak resident set of `locate`")


def _interleaved(slow: Callable[[], object], fast: Callable[[], object]) -> tuple[float, float]:
    """Median seconds of two functions, timed in turn so that both see the same machine."""
    slow(), fast()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(_REPEATS):
        for function, found in zip((slow, fast), times, strict=True):
            start = time.perf_counter()
            function()
            found.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def _ratio(name: str, slow: float, fast: float, budget: float) -> Measurement:
    detail = f"{slow * 1e3:.1f} ms against {fast * 1e3:.3f} ms"
    return Measurement(name, slow / fast, budget, at_least=True, unit="x", detail=detail)


def _variant(radiograph: Radiograph, number: int) -> Radiograph:
    """Change one pixel of a film: new content for a cache."""
    from dataclasses import replace

    pixels = radiograph.pixels.copy()
    pixels.flat[number] = (pixels.flat[number] + 0.5) % 1
    return replace(radiograph, pixels=pixels)


def _locate_once(model: str | None) -> int:
    from afloc_core.localization.localizer import Localizer

    localizer: Localizer = Localizer.from_pretrained(model)
    localizer.locate(open_radiograph(sample_film()), _SHORT).in_image()
    return peak_bytes()


def peak_bytes() -> int:
    """Return the peak resident set of this process; on Linux without what its parent had at the fork."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource  # not there on Windows, where nothing else of this module fails

    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage if sys.platform == "darwin" else usage * 1024


if __name__ == "__main__":
    try:
        sys.stdout.write(str(_locate_once(sys.argv[1] if len(sys.argv) > 1 else None)))
    except AFLocError:
        sys.exit(2)

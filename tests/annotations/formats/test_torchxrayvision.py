"""The annotation files that the package torchxrayvision carries, where it is installed.

The package is found without importing it: importing it would load torch and pandas.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from afloc_core.annotations.formats import open_annotations

_spec = importlib.util.find_spec("torchxrayvision")
pytestmark = pytest.mark.skipif(
    _spec is None, reason="torchxrayvision is not installed; its annotation files are not read"
)
DATA = Path(_spec.origin).parent / "data" if _spec and _spec.origin else Path()

# Counted in the files themselves: rows with a box or code, distinct images, rows without.
FILES = [
    ("BBox_List_2017.csv.gz", "nih_boxes", 984, 880, 0, 1),
    ("kaggle_stage_2_train_labels.csv.zip", "rsna_pneumonia", 9_555, 26_684, 20_672, 1),
    ("vinbigdata-train.csv.gz", "vindr_cxr", 36_096, 15_000, 31_818, 17),
    ("siim-pneumothorax-train-rle.csv.gz", "siim_rle", 3_576, 12_047, 9_378, 1),
]


@pytest.mark.parametrize(("name", "format", "marks", "images", "readings", "readers"), FILES)
def test_counts(name: str, format: str, marks: int, images: int, readings: int, readers: int) -> None:
    document = open_annotations(DATA / name)
    assert document.format == format
    assert document.problems == ()
    assert (len(document.marks), len(document.images)) == (marks, images)
    assert (len(document.readings), len(document.readers)) == (readings, readers)


@pytest.mark.parametrize("name", [row[0] for row in FILES])
def test_read_within_the_budget(name: str) -> None:
    """Under 20 s of the processor and 1 GB, with everything that is loaded for it."""
    program = (
        "import sys, time; from pathlib import Path; from afloc_core.annotations.formats import open_annotations;"
        "open_annotations(sys.argv[1]);"  # the peak of this process alone: getrusage counts the parent's at the fork
        "status = dict(row.split(':') for row in Path('/proc/self/status').read_text().splitlines());"
        "print(time.process_time(), status['VmHWM'].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", program, DATA / name], capture_output=True, text=True, check=True)
    seconds, kilobytes = map(float, done.stdout.split())
    assert seconds < 20
    assert kilobytes < 1_000_000

"""`afloc inspect`: what an exported file was made of."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.exporting.inspecting import provenance_of, read_exported

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    """Print the record in the file as JSON."""
    entries = provenance_of(read_exported(Path(options.file)))
    sys.stdout.write(json.dumps(entries, indent=1) + "\n")

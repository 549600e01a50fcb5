"""`afloc send`: exported DICOM objects to an archive."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.exporting.inspecting import read_exported
from afloc_core.exporting.sending import Address, send

if TYPE_CHECKING:
    from argparse import Namespace

_TOKEN = "AFLOC_DICOMWEB_TOKEN"


def run(options: Namespace) -> None:
    """Send the files to the address."""
    address = Address.parse(options.to)
    contents = [read_exported(Path(file)) for file in options.files]
    send(contents, address, os.environ.get(_TOKEN, ""))
    count = len(contents)
    sys.stdout.write(f"{count} object{'' if count == 1 else 's'} sent.\n")

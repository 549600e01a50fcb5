"""`python -m afloc_core` is the `afloc` command: for `torchrun`, and where its script is not on the path."""

import sys

from afloc_core.cli import main

sys.exit(main())

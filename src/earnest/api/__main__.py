"""`python -m earnest.api`: the HTTP process, as `earnest serve` starts it."""

from __future__ import annotations

import sys

from earnest.api.server import main

if __name__ == "__main__":
    sys.exit(main())

"""Write what was made of a report into a file that somebody named."""

from __future__ import annotations

from pathlib import Path

from earnest.kernel.errors import EnvironmentProblem


def write_file(target: Path, content: bytes) -> int:
    """Write a file; returns its size in bytes.

    Raises:
        EnvironmentProblem: `cannot-write`.
    """
    try:
        target.write_bytes(content)
    except OSError as error:
        raise EnvironmentProblem(
            "cannot-write", f"{target} cannot be written: {error.strerror}", hint="Choose another --out."
        ) from error
    return len(content)

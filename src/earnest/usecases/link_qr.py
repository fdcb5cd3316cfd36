"""The QR code of a link's shared address, for print: SVG or PNG."""

from __future__ import annotations

from pathlib import Path

import segno

from earnest.kernel.durable import partial_file
from earnest.kernel.errors import EnvironmentProblem, UsageError
from earnest.usecases.links import find_link, known_base, shared_code
from earnest.usecases.workspace import Workspace

FORMATS = ("svg", "png")
CORRECTION = "m"
"""15 % of the code may be dirty or torn: the usual level of print."""
_SCALE = {"svg": 1, "png": 12}
_QUIET_ZONE = 4
"""Modules left white around it, as ISO/IEC 18004 asks."""


def write_qr(workspace: Workspace, name: str, target: Path) -> str:
    """Draw the QR code of a link to a file, SVG or PNG by its name; returns the address in it.

    Raises:
        NotFound: `no-such-link`. Conflict: `public-url-missing`. UsageError: `bad-format`. EnvironmentProblem: `cannot-write`.
    """
    form = target.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise UsageError("bad-format", f"'{target.name}' is neither SVG nor PNG", hint="Name it link.svg or link.png.")
    address, drawn = _drawn(workspace, name)
    try:
        with partial_file(target) as partial:
            with partial.open("wb") as stream:
                drawn.save(stream, kind=form, scale=_SCALE[form], border=_QUIET_ZONE)
            partial.replace(target)
    except OSError as error:
        raise EnvironmentProblem(
            "cannot-write", f"{target} cannot be written: {error.strerror or error}", hint="Choose another --out."
        ) from error
    return address


def qr_rows(workspace: Workspace, name: str) -> tuple[str, list[list[bool]]]:
    """The address, and the QR code as rows of modules, dark or not, with its white border. Raises as `write_qr`."""
    address, drawn = _drawn(workspace, name)
    return address, [[bool(module) for module in row] for row in drawn.matrix_iter(border=_QUIET_ZONE)]


def _drawn(workspace: Workspace, name: str) -> tuple[str, segno.QRCode]:
    state = workspace.state()
    link = find_link(state, name)
    known_base(workspace, state)
    address = shared_code(workspace, state, link).url
    return address, segno.make_qr(address, error=CORRECTION)

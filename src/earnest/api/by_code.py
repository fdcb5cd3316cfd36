"""Whose code it is: the workspace that a code's tag names and its seal proves. Nothing is looked up, and nothing is told apart."""

from __future__ import annotations

from typing import Literal

from starlette.applications import Starlette

from earnest.api.place import Place, Places
from earnest.kernel.errors import EarnestError
from earnest.tracking.codes import Code

Purpose = Literal["link", "survey"]


def find_by_code(
    app: Starlette, code: str, purpose: Purpose, *, workspace: str | None = None
) -> tuple[Place, Code] | None:
    """The workspace a code was made in, and what it stands for; None for what is no code of any that is open here.

    Args:
        app: the served application. workspace: of the address `/w/WORKSPACE/…`: only its codes count. None: any workspace's.

    Raises:
        EnvironmentProblem: `workspace-key-missing`: no workspace knows the code, and one cannot tell.
    """
    places: Places = app.state.places
    asked = places.values() if workspace is None else [places[workspace]] if workspace in places else []
    unable: EarnestError | None = None
    for place in asked:
        if not isinstance(place, Place):
            continue
        try:
            found = place.codec(purpose).read(code)
        except EarnestError as error:
            unable = error
            continue
        if found is not None:
            return place, found
    if unable is not None:
        raise unable
    return None

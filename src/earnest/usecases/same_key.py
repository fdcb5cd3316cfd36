"""No two workspaces with one secret are served together: codes of one would lead where the other's links do.

So it is with a folder that was copied, or restored from a backup beside the original. Who claims a secret first has it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from earnest.kernel.errors import Conflict, EnvironmentProblem
from earnest.usecases.workspace import Workspace


@dataclass(slots=True)
class Keys:
    """The secrets of the workspaces that are served together, and whose each is. Called from any thread."""

    _holders: dict[bytes, Path] = field(default_factory=dict)

    def claim(self, workspace: Workspace) -> bytes:
        """The secret of a workspace, which is its own from now on. Claiming it again changes nothing.

        Raises:
            Conflict: `same-key`: another folder has it. EnvironmentProblem: `workspace-key-missing`.
        """
        key, folder = workspace.key(), workspace.path.resolve()
        holder = self._holders.setdefault(key, folder)
        if holder != folder:
            raise Conflict(
                "same-key",
                f"{holder} and {folder} are one workspace twice: they have the same workspace.key,"
                " and codes of the one would lead where the other's links do",
                hint="Serve only one of them; move a copy or a restored backup elsewhere. For a second brand: earnest init DIR",
                folders=[str(holder), str(folder)],
            )
        return key

    def claim_if_there(self, workspace: Workspace) -> None:
        """Claim the secret of a workspace that may have none that can be read; nobody else's codes can be its own then.

        Raises:
            Conflict: `same-key`.
        """
        with contextlib.suppress(EnvironmentProblem, OSError, ValueError):
            self.claim(workspace)

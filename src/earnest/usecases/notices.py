"""What providers told of templates, numbers and accounts: recategorisations, pauses, quality, account errors."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from earnest.kernel.period import moment_of
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One thing told. `at` is ISO 8601 in UTC, None if the payload does not say when; `times` counts equal tellings."""

    at: str | None
    topic: str
    subject: str | None
    name: str | None
    times: int
    detail: Any

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def list_notices(workspace: Workspace, *, topic: str | None = None, limit: int = 50) -> list[NoticeLine]:
    """The newest notices first.

    Args:
        topic: only this webhook field.
    """
    with open_tables(workspace) as tables:
        rows = tables.con.execute(
            "SELECT occurred_us, topic, subject, name, count(*), any_value(detail) FROM event_notice WHERE $1 IS NULL OR topic = $1"
            " GROUP BY event_key, occurred_us, topic, subject, name ORDER BY occurred_us DESC NULLS LAST, topic, subject, name LIMIT $2",
            [topic, limit],
        ).fetchall()
    return [
        NoticeLine(
            moment_of(us).isoformat() if us is not None else None, kind, subject, name, int(times), json.loads(detail)
        )
        for us, kind, subject, name, times, detail in rows
    ]

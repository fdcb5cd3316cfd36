"""Clicks of our own links, put into a workspace as their channel would: no file of clicks tells link, visitor or reason."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from typing import Any

import pyarrow
from hypothesis import strategies as st

from earnest.definitions.link import Link
from earnest.events.keys import content_key
from earnest.events.kinds import KINDS
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck, segments

SECOND = 1_000_000
LINKS = {
    "a": {"within": "campaign=spring", "reason": "looks-human"},
    "b": {"within": "campaign=alpha", "reason": "looks-human"},
    "c": {"within": "template=other", "reason": "no-agent"},
    "d": {"within": None, "reason": None},
    "e": {"within": "campaign=nowhere", "reason": "looks-human"},
}
"""Link → which messages it goes in and what its clicks are told with; `d` is a sender's own token, without evidence of ours."""

_NEAR = (0, 0, 1, 400_000, SECOND - 1, SECOND, SECOND + 1, 30 * SECOND - 1, 30 * SECOND, 30 * SECOND + 1, 59 * SECOND)
_FAR = (0, 0, 0, 2 * 86_400 * SECOND, 30 * 86_400 * SECOND - SECOND, 30 * 86_400 * SECOND)


def own_clicks(instants: st.SearchStrategy[int]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """A few clicks of one to three people or visitors, crowded around a few instants, each id told one way."""
    who = st.sampled_from(
        [
            {"contact": "c1"},
            {"contact": "c1"},
            {"contact": "c2"},
            {"visitor": 71},
            {"visitor": 72},
            {"contact": "c1", "visitor": 71},
            {},
        ]
    )
    crowd = st.builds(
        lambda at, far, near, person, link, told: (
            person | LINKS[link] | {"link": link, "clicked_at": at + far + near, "click_class": told}
        ),
        instants,
        st.sampled_from(_FAR),
        st.sampled_from(_NEAR),
        who,
        st.sampled_from(tuple(LINKS)),
        st.sampled_from(("human", "human", "human", "unknown", "bot", "preview", "prefetch")),
    )
    lists = st.builds(lambda rows, same: _crowded(rows) if same else rows, st.lists(crowd, max_size=9), st.booleans())
    return lists.map(lambda rows: [row | {"click_id": f"own-{place}"} for place, row in enumerate(rows)])


def _crowded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All clicks by the first one's person, within a minute."""
    if not rows:
        return rows
    who = {name: rows[0].get(name) for name in ("contact", "visitor")}
    start = rows[0]["clicked_at"]
    return [row | who | {"clicked_at": start + row["clicked_at"] % (60 * SECOND)} for row in rows]


def import_own(workspace: Workspace, rows: Sequence[dict[str, Any]], *, contact_key: Any, local_day: Any) -> int:
    """Journal clicks as one import of segments; returns the entry. The first time a link is declared, as clicks have one."""
    if not workspace.state().links:
        workspace.record("link.set", Link("a", 1, "https://shop.example/").to_json())
    told = [
        {
            "event_key": content_key(f"own:{row['click_id']}"), "occurred_us": row["clicked_at"], "received_us": workspace.clock(),
            "local_day": local_day(row["clicked_at"]), "source": "test", "segment_key": 1, "row": place,
            "contact_key": contact_key(f"ext:{row['contact']}") if row.get("contact") else None,
            "click_class": row["click_class"], "reason": row.get("reason"), "click_id": row["click_id"], "link": row["link"],
            "within": row.get("within"), "visitor_key": row.get("visitor"),
        }
        for place, row in enumerate(rows, 1)
    ]  # fmt: skip
    digest = hashlib.sha256(repr(rows).encode()).hexdigest()
    attempt = len(workspace.state().imports)
    with contextlib.closing(duck.connect()) as con:
        con.register("told", pyarrow.Table.from_pylist(told))
        columns = (
            f'CAST({c.name if c.name in told[0] else "NULL"} AS {c.type}) AS "{c.name}"' for c in KINDS["click"].columns
        )
        name = segments.segment_name(digest, "own", attempt)
        written = segments.write(con, workspace.events, name, [("click", f"SELECT {', '.join(columns)} FROM told")])
    body = {
        "file": "own", "file_hash": digest, "kind": "clicks", "mapping": {"fields": {"clicked_at": "at"}}, "quarantine": None,
        "counts": {"rows": len(rows), "accepted": len(rows), "quarantined": 0}, "segments": [one.to_json() for one in written],
    }  # fmt: skip
    return workspace.record("import.file", body, dedupe_key=f"import:own:{digest}:{attempt}", source="test").seq

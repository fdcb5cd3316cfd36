"""The clicks of a campaign or link, one by one: who, what it was judged to be and why; and how many, raw and clean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from earnest.definitions.state import State
from earnest.kernel.errors import NotFound, closest
from earnest.kernel.period import moment_of
from earnest.tracking.classes.judged import CLASSES
from earnest.usecases.campaigns_met import campaigns_met, check_met
from earnest.usecases.contact_show import key_text
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

_SHOWN_FIRST = ("tel", "mailto", "bsuid")
"""Schemes of identities that people recognise, best first."""


@dataclass(frozen=True, slots=True)
class Click:
    """One click.

    Args:
        contact_key: the person, None where nobody is known. shown: an identity of his, masked.
        link: our link, or the sender's own token. click_class, reason: what it is beside other clicks, and why.
        human: counted as a person's click; False for a repetition too.
        message_id: the message it belongs to, as it is shown. campaign: that message's, else that of the link.
    """

    occurred_us: int
    contact_key: int | None
    shown: str | None
    link: str | None
    click_class: str
    reason: str | None
    human: bool
    message_id: str | None
    campaign: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "at": moment_of(self.occurred_us).isoformat(),
            "contact": key_text(self.contact_key) if self.contact_key is not None else None,
            "shown": self.shown,
            "link": self.link,
            "class": self.click_class,
            "reason": self.reason,
            "human": self.human,
            "message_id": self.message_id,
            "campaign": self.campaign,
        }


@dataclass(frozen=True, slots=True)
class Clicks:
    """Clicks asked for.

    Args:
        rows: the latest ones, newest first. by_class: class → how many of all that were asked for, whatever `rows` holds.
        human: those of people, repetitions left out. repeated: the repetitions.
        of_messages: those of `human` that belong to a message, as the KPI *human clicks* counts them.
    """

    rows: tuple[Click, ...]
    by_class: dict[str, int]
    human: int
    repeated: int
    of_messages: int

    @property
    def all(self) -> int:
        """Every click, by whatever it was made."""
        return sum(self.by_class.values())

    def to_json(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("all", "human", "repeated", "of_messages", "by_class")}
        return {"counts": counts, "clicks": [one.to_json() for one in self.rows]}


def list_clicks(
    workspace: Workspace,
    *,
    campaign: str | None = None,
    link: str | None = None,
    classes: Sequence[str] = (),
    limit: int | None = 50,
    as_of_us: int | None = None,
) -> Clicks:
    """Clicks of a campaign's messages and links, of a link, of both at once, or all.

    Args:
        campaign: clicks of its messages; of clicks of no message those of its links.
        link: id of a link of our own, or a token that senders told.
        classes: rows of these classes only; counts are of all.
        limit: most rows; None for all.

    Raises:
        NotFound: `no-such-campaign`, `no-such-link`.
    """
    with open_tables(workspace, as_of_us=as_of_us) as tables:
        asked, values = _asked(tables, campaign, link)
        by_class = dict.fromkeys(CLASSES, 0)
        human = repeated = of_messages = 0
        for name, count, people, again, in_message in duck.rows(
            tables.con,
            f"SELECT r.click_class, count(*), sum(r.human), count(*) FILTER (WHERE r.click_class = 'human' AND r.human = 0),"
            f" count(*) FILTER (WHERE r.human = 1 AND r.message_key IS NOT NULL) {asked}"
            " GROUP BY r.click_class",
            values,
        ):
            by_class[str(name)] = int(str(count))
            human, repeated = human + int(str(people)), repeated + int(str(again))
            of_messages += int(str(in_message))
        listed = (
            f"{asked} AND r.click_class IN ({', '.join(repr(one) for one in CLASSES if one in classes)})"
            if classes
            else asked
        )
        return Clicks(_rows(tables, listed, values, limit), by_class, human, repeated, of_messages)


def _asked(tables: Tables, campaign: str | None, link: str | None) -> tuple[str, list[Any]]:
    """FROM and WHERE of the clicks asked for, and the values of its parameters."""
    where, values = ["r.response_kind = 'click'"], list[Any]()
    if campaign is not None:
        check_met(campaigns_met(tables), campaign)
        values += [campaign, _links_of(tables.state, campaign)]
        where.append("(l.campaign = $1 OR (r.message_key IS NULL AND list_contains($2::VARCHAR[], r.link)))")
    if link is not None:
        values.append(link)
        where.append(f"r.link = ${len(values)}")
        _check_link(tables, link)
    return (
        f"FROM response AS r LEFT JOIN label_campaign AS l ON r.label_key = l.label_key WHERE {' AND '.join(where)}",
        values,
    )


def _links_of(state: State, campaign: str) -> list[str]:
    return [link.id for link in state.links.values() if link.campaign == campaign]


def _check_link(tables: Tables, link: str) -> None:
    if link not in tables.state.links and not duck.scalar(
        tables.con, "SELECT count(*) FROM response WHERE link = $1", [link]
    ):
        raise NotFound(
            "no-such-link",
            f"there is no link '{link}', and no click names it{closest(link, tables.state.links)}",
            hint="See `earnest link list`.",
        )


def _rows(tables: Tables, asked: str, values: list[Any], limit: int | None) -> tuple[Click, ...]:
    cut = f" LIMIT {limit}" if limit is not None else ""
    found = tables.con.execute(
        "SELECT r.occurred_us, r.contact_key, r.link, r.click_class, r.class_reason, r.human, r.message_key, l.campaign"
        f" {asked} ORDER BY r.occurred_us DESC, r.response_key{cut}",
        values,
    ).fetchall()
    shown = _shown(tables, {int(row[1]) for row in found if row[1] is not None})
    ids = _message_ids(tables, {int(row[6]) for row in found if row[6] is not None})
    links = tables.state.links
    return tuple(
        Click(
            us, person, shown.get(person), link, click_class, reason, bool(human), ids.get(message),
            campaign if message is not None else links[link].campaign if link in links else None,
        )
        for us, person, link, click_class, reason, human, message, campaign in found
    )  # fmt: skip


def _shown(tables: Tables, people: set[int]) -> dict[int, str]:
    """Person → the masked identity that says most."""
    if not people:
        return {}
    listed = ", ".join(map(str, people))
    members = (
        f"SELECT contact_key, person_key FROM identity WHERE person_key IN ({listed})"
        f" UNION ALL SELECT contact_key, contact_key FROM event_identity WHERE contact_key IN ({listed})"
    )
    places = " ".join(f"WHEN '{scheme}' THEN {place}" for place, scheme in enumerate(_SHOWN_FIRST))
    rows = duck.rows(
        tables.con,
        f"SELECT m.person_key, min_by(e.shown, (CASE e.scheme {places} ELSE 9 END, e.contact_key)) FROM ({members}) AS m"
        " JOIN event_identity AS e ON m.contact_key = e.contact_key WHERE e.shown IS NOT NULL GROUP BY m.person_key",
    )
    return {int(str(person)): str(text) for person, text in rows}


def _message_ids(tables: Tables, keys: set[int]) -> dict[int | None, str]:
    if not keys:
        return {}
    rows = duck.rows(
        tables.con,
        f"SELECT message_key, max(message_id) FROM event_message WHERE message_key IN ({', '.join(map(str, keys))}) GROUP BY message_key",
    )
    return {int(str(key)): str(text) for key, text in rows if text is not None}

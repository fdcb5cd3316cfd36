"""Staged columns of one import → event rows, under the same keys that files of rows get.

The key of a message is made of the provider's id alone, whatever the source is called: two apps that each get a copy of
a webhook tell of one message. Answers to it carry its key; opt-outs, clicks and notices are keyed by what they say.
"""

from __future__ import annotations

import duckdb

from earnest.channels.columns import SCHEMAS, Stage
from earnest.events.kinds import KINDS
from earnest.importers.emit import LABELS, Emission, Stamp, label_key
from earnest.importers.identities import identify
from earnest.importers.parsing import file_literal, identifier, quote

_PARTIES = {"status": 1, "reply": 1, "click": 1, "opt": 1, "same": 2}
"""Sort of value → how many parties it names."""


_STATUSES = "told_status AS s JOIN told_terms AS t ON s.terms_key = t.terms_key"

_SHOWN_ID = """CASE WHEN t.audience = 'group' AND ends_with(s.message_id, ':' || coalesce(s.phone, s.user_id))
    THEN left(s.message_id, length(s.message_id) - length(coalesce(s.phone, s.user_id)))
        || substr(contact_digest('member:' || coalesce(s.phone, s.user_id)), 1, 16)
    ELSE s.message_id END"""
"""The id as it is shown: of a participant's copy of a group message a digest stands for who it is."""

_CALLBACK = """CASE WHEN ltrim(s.callback, '+') = ltrim(s.phone, '+') OR regexp_full_match(s.callback, '\\+[0-9]{7,15}')
    THEN '+' || left(ltrim(s.callback, '+'), 2) || '•••' || right(s.callback, 3) ELSE s.callback END"""
"""A callback that is the recipient's own number, or written like a number, is masked; other digits may be a campaign's id."""


class Emitter:
    """The event rows of what one channel's bodies told.

    Args:
        channel: code of the channel, part of every key. source: namespace that rows carry.
        zone: the workspace's zone, for business days. stamp: what every row of the import carries.
    """

    def __init__(self, channel: str, *, source: str, zone: str, stamp: Stamp) -> None:
        self._channel = channel
        self._source = source
        self._zone = zone
        self._stamp = stamp

    def emissions(self) -> list[Emission]:
        """The event kinds told, each with the SELECT of its rows; `bind_stage` comes first."""
        return [
            ("message", self._messages()),
            ("label", self._labels()),
            ("terms", self._terms()),
            ("reply", self._replies()),
            ("click", self._clicks()),
            ("opt", self._opts()),
            ("notice", self._notices()),
            ("identity", self._identities()),
            ("identity_link", self._links()),
        ]

    def _select(self, kind: str, values: dict[str, str], tail: str) -> str:
        """A SELECT with all columns of an event kind, in schema order; columns not given are null."""
        common = {
            "received_us": f"coalesce(received_us, {self._stamp.received_us})",
            "source": quote(self._source),
            "segment_key": str(self._stamp.segment_key),
            "row": "row",
            "occurred_us": "occurred_us",
            "local_day": _local_day(self._zone),
        }
        columns = ", ".join(
            f"CAST({(common | values).get(c.name, 'NULL')} AS {c.type}) AS {identifier(c.name)}"
            for c in KINDS[kind].columns
        )
        return f"SELECT {columns} {tail}"

    def _once(self, key: str) -> dict[str, str]:
        """Columns of rows that stand for something met, not for something that happened."""
        return dict.fromkeys(("row", "occurred_us", "local_day"), "NULL") | {
            "event_key": key,
            "received_us": str(self._stamp.received_us),
        }

    def _key(self, namespace: str, column: str) -> str:
        return f"content_key('{namespace}:{self._channel}:' || {column})"

    def _told(self, namespace: str, *columns: str) -> str:
        """Key of something without an id, from what it says."""
        text = ", ".join(f"coalesce(CAST({column} AS VARCHAR), '')" for column in columns)
        return f"content_key(concat_ws(chr(31), '{namespace}:{self._channel}', {text}))"

    def _hints(self) -> str:
        """The columns that make a label, over a status `s` and its terms `t`."""
        hints = {"channel": quote(self._channel), "callback": _CALLBACK, "category": "t.category"}
        return ", ".join(f"{hints.get(name, 'CAST(NULL AS VARCHAR)')} AS {name}" for name in LABELS)

    def _messages(self) -> str:
        values = {
            "message_key": "message_key", "event_key": "xor(message_key, CAST(status AS BIGINT))", "message_id": "shown_id",
            "status": "status", "label_key": "label_key", "contact_key": _contact("p", "u"), "recipient_zone": "p.zone",
            "told_cost_micro": "told_micro", "error_code": "error_code", "terms_key": "terms_key",
            "conversation_key": self._key("conversation", "conversation"),
        }  # fmt: skip
        hinted = f"SELECT s.* EXCLUDE (callback), {_SHOWN_ID} AS shown_id, {self._hints()} FROM {_STATUSES}"
        keyed = f"(SELECT *, {self._key('message', 'message_id')} AS message_key, {label_key()} AS label_key FROM ({hinted}))"
        return self._select("message", values, f"FROM {keyed} AS s {_who('s')}")

    def _labels(self) -> str:
        values = self._once("label_key") | {name: name for name in LABELS} | {"label_key": "label_key"}
        hinted = f"SELECT DISTINCT {self._hints()} FROM {_STATUSES}"
        return self._select("label", values, f"FROM (SELECT *, {label_key()} AS label_key FROM ({hinted}))")

    def _terms(self) -> str:
        own = {column.name: column.name for column in KINDS["terms"].own}
        return self._select("terms", self._once("terms_key") | own, "FROM told_terms")

    def _replies(self) -> str:
        values = {
            "event_key": self._key("reply", "reply_id"), "contact_key": _contact("p", "u"),
            "message_key": self._key("message", "answers"), "reply_type": "reply_type", "payload": "payload",
            "referral": "referral",
        }  # fmt: skip
        return self._select("reply", values, f"FROM told_reply AS s {_who('s')}")

    def _clicks(self) -> str:
        values = {
            "event_key": self._told("click", "occurred_us", "click_id", "token", "component", _contact("p", "u")),
            "contact_key": _contact("p", "u"), "click_class": "'human'", "click_id": "click_id", "token": "token",
        }  # fmt: skip
        return self._select("click", values, f"FROM told_click AS s {_who('s')}")

    def _opts(self) -> str:
        values = {
            "event_key": self._told("opt", "direction", "door", "occurred_us", "message_id", _contact("p", "u")),
            "contact_key": _contact("p", "u"), "message_key": self._key("message", "message_id"),
            "direction": "direction", "door": "door",
        }  # fmt: skip
        return self._select("opt", values, f"FROM told_opt AS s {_who('s')}")

    def _notices(self) -> str:
        own = {column.name: column.name for column in KINDS["notice"].own}
        values = own | {"event_key": self._told("notice", "topic", "subject", "name", "occurred_us", "detail")}
        return self._select("notice", values, "FROM told_notice")

    def _identities(self) -> str:
        values = self._once("contact_key") | {
            "contact_key": "contact_key",
            "scheme": "identity_scheme",
            "digest": "digest",
        }
        return self._select(
            "identity", values, "FROM (SELECT DISTINCT contact_key, identity_scheme, digest FROM identified)"
        )

    def _links(self) -> str:
        keys = "SELECT p.contact_key AS p, u.contact_key AS u, q.contact_key AS q, v.contact_key AS v, occurred_us, received_us"
        same = f"({keys} FROM told_same AS s {_who('s')} {_who('s', other=True)})"
        pairs = " UNION ALL ".join(
            f"SELECT {one} AS contact_key, {other} AS other_key, occurred_us, received_us FROM {same} WHERE {one} <> {other}"
            for one, other in (("coalesce(p, u)", "coalesce(q, v)"), ("p", "u"), ("q", "v"))
        )
        values = {"event_key": "xor(contact_key, other_key)", "contact_key": "contact_key", "other_key": "other_key", "row": "NULL"}  # fmt: skip
        once = "SELECT contact_key, other_key, min(occurred_us) AS occurred_us, min(received_us) AS received_us"
        return self._select("identity_link", values, f"FROM ({once} FROM ({pairs}) GROUP BY contact_key, other_key)")


def bind_stage(con: duckdb.DuckDBPyConnection, stage: Stage, *, file_hash: str) -> None:
    """Make `told_*` views of the staged files, and `identified` of the identities in them.

    Needs the functions of `importers.identities.register_keys`.
    """
    for sort, schema in SCHEMAS.items():
        path = stage.path(sort)
        if path is not None:
            con.execute(f"CREATE OR REPLACE TEMP VIEW told_{sort} AS SELECT * FROM read_parquet({file_literal(path)})")
        else:
            con.register(f"none_{sort}", schema.empty_table())
            con.execute(f"CREATE OR REPLACE TEMP TABLE told_{sort} AS SELECT * FROM none_{sort}")
            con.unregister(f"none_{sort}")
    con.register("staged_terms", stage.terms())
    con.execute("CREATE OR REPLACE TEMP TABLE told_terms AS SELECT * FROM staged_terms")
    con.unregister("staged_terms")
    parties = " UNION ALL ".join(_parties())
    con.execute(f"CREATE OR REPLACE TEMP VIEW checked AS SELECT phone, user_id, NULL AS reason FROM ({parties})")
    identify(con, [("wa_id", "phone"), ("bsuid", "user_id")], file_hash=file_hash, region=None)
    con.execute("DROP VIEW checked")


def _parties() -> list[str]:
    own = [f"SELECT phone, user_id FROM told_{sort}" for sort in _PARTIES]
    return [*own, "SELECT other_phone, other_user_id FROM told_same"]


def duplicates(con: duckdb.DuckDBPyConnection) -> int:
    """Values of the staged files that are told more than once, counted beyond the first."""
    total = 0
    for sort, columns in _TOLD_TWICE.items():
        row = con.execute(
            f"SELECT (SELECT count(*) FROM told_{sort}) - (SELECT count(*) FROM (SELECT DISTINCT hash({columns}) FROM told_{sort}))"
        ).fetchone()
        assert row is not None
        total += int(row[0])
    return total


_TOLD_TWICE = {
    "status": "message_id, status",
    "reply": "reply_id",
    "click": "occurred_us, click_id, token, component, phone, user_id",
    "opt": "direction, door, occurred_us, message_id, phone, user_id",
    "notice": "topic, subject, name, occurred_us, detail",
}
"""Sort of value → what makes two of them the same."""


def _who(table: str, *, other: bool = False) -> str:
    """Joins of a party's phone and user id with their identities."""
    phone, user, prefix = ("q", "v", "other_") if other else ("p", "u", "")
    return (
        f"LEFT JOIN identified AS {phone} ON {phone}.hint = 'wa_id' AND {phone}.raw = {table}.{prefix}phone"
        f" LEFT JOIN identified AS {user} ON {user}.hint = 'bsuid' AND {user}.raw = {table}.{prefix}user_id"
    )


def _contact(phone: str, user: str) -> str:
    return f"coalesce({phone}.contact_key, {user}.contact_key)"


def _local_day(zone: str) -> str:
    return f"CAST(timezone({quote(zone)}, make_timestamptz(occurred_us)) AS DATE) - DATE '1970-01-01'"

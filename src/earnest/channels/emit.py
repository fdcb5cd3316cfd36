"""Staged columns of one import → event rows of messages and answers, under the same keys that files of rows get.

The key of a message is made of the provider's id alone, whatever the source is called: two apps that each get a copy of
a webhook tell of one message. Only where each source counts or gives its own ids (`Channel.ids_per_source`) is its name
part of the key. Answers to it carry its key; opt-outs, clicks and notices are keyed by what they say.
"""

from __future__ import annotations

from earnest.channels.binding import bind_stage, duplicates
from earnest.channels.emit_orders import of_contacts, of_orders
from earnest.channels.rows import Rows
from earnest.channels.showing import plain, plain_click, plain_id
from earnest.events.kinds import KINDS
from earnest.importers.emit import LABELS, Emission, Stamp, label_key, shown_id
from earnest.importers.parsing import quote

__all__ = ["Emitter", "bind_stage", "duplicates"]

_MEMBER = "coalesce(s.phone, s.user_id)"
_GROUP_ID = f"left(s.message_id, length(s.message_id) - length({_MEMBER}) - 1)"
_SHOWN_ID = f"""CASE WHEN t.audience = 'group' AND ends_with(s.message_id, ':' || {_MEMBER})
    THEN ({shown_id(_GROUP_ID)}) || ':' || substr(contact_digest('member:' || {_MEMBER}), 1, 16)
    ELSE {plain_id("s.message_id", "s.")} END"""
"""The id as it is shown: of a participant's copy of a group message a digest stands for who it is."""

_CONTACT = {"contact_key": "contact_key"}


class Emitter:
    """The event rows of what one channel's bodies told.

    Args:
        channel: code of the channel, part of every key. source: namespace that rows carry, part of the keys of orders.
        zone: the workspace's zone, for business days. stamp: what every row of the import carries.
        retells: as the channel's: False keys what has no id by where it stands too, so that equal ones stay two.
        ids_per_source: as the channel's: True makes the source's name part of the keys of messages and answers.
    """

    def __init__(
        self, channel: str, *, source: str, zone: str, stamp: Stamp, retells: bool = True, ids_per_source: bool = False
    ) -> None:
        self._rows = Rows(channel, source, zone, stamp, retells, ids_per_source)

    def emissions(self) -> list[Emission]:
        """The event kinds told, each with the SELECT of its rows; `bind_stage` comes first."""
        return [
            ("message", self._messages()),
            ("label", self._labels()),
            ("terms", self._terms()),
            ("watermark", self._watermarks()),
            ("reply", self._replies()),
            ("click", self._clicks()),
            ("opt", self._opts()),
            ("notice", self._notices()),
            *of_orders(self._rows),
            *of_contacts(self._rows),
            ("identity", self._identities()),
            ("identity_link", self._links()),
        ]

    def _hints(self) -> str:
        """The columns that make a label, over a status `s` and its terms `t`."""
        hints = {name: plain(f"s.hint_{name}", "s.") for name in ("campaign", "template", "tag")} | {
            "channel": f"coalesce(s.hint_channel, {quote(self._rows.channel)})",
            "callback": plain("s.callback", "s."),
            "category": "coalesce(s.hint_category, t.category)",
        }
        return ", ".join(f"{hints[name]} AS {name}" for name in LABELS)

    def _messages(self) -> str:
        values = _CONTACT | {
            "message_key": "message_key", "event_key": "xor(message_key, CAST(status AS BIGINT))", "message_id": "shown_id",
            "status": "status", "label_key": "label_key", "recipient_zone": "zone", "told_cost_micro": "told_micro",
            "error_code": "error_code", "terms_key": "terms_key",
            "conversation_key": self._rows.key("conversation", "conversation"),
        }  # fmt: skip
        hinted = (
            f"SELECT s.* EXCLUDE (callback), {_SHOWN_ID} AS shown_id, {self._hints()}"
            " FROM told_status AS s JOIN told_terms AS t ON s.terms_key = t.terms_key"
        )
        keyed = f"(SELECT *, {self._rows.message_key('message_id')} AS message_key, {label_key()} AS label_key FROM ({hinted}))"
        return self._rows.select("message", values, f"FROM {keyed}")

    def _labels(self) -> str:
        values = self._rows.once("label_key") | {name: name for name in LABELS} | {"label_key": "label_key"}
        hinted = (
            f"SELECT DISTINCT {self._hints()} FROM staged_status AS s JOIN told_terms AS t ON s.terms_key = t.terms_key"
        )
        return self._rows.select("label", values, f"FROM (SELECT *, {label_key()} AS label_key FROM ({hinted}))")

    def _terms(self) -> str:
        own = {column.name: column.name for column in KINDS["terms"].own}
        return self._rows.select("terms", self._rows.once("terms_key") | own, "FROM told_terms")

    def _watermarks(self) -> str:
        key = f"content_key(concat_ws(':', 'watermark', '{self._rows.channel}', contact_key, status, until_us))"
        values = _CONTACT | {"event_key": key, "status": "status", "until_us": "until_us"}
        return self._rows.select("watermark", values, "FROM told_watermark WHERE contact_key IS NOT NULL")

    def _replies(self) -> str:
        values = _CONTACT | {
            "event_key": self._rows.key("reply", "reply_id"), "message_key": self._rows.message_key("answers"),
            "reply_type": "reply_type", "payload": plain("payload"), "referral": plain("referral"),
        }  # fmt: skip
        return self._rows.select("reply", values, "FROM told_reply")

    def _clicks(self) -> str:
        said = ("occurred_us", "click_id", "token", "component", "contact_key")
        own = {name: name for name in ("click_class", "reason", "link", "within")} | {"visitor_key": "visitor"}
        values = _CONTACT | own | {
            "event_key": self._rows.told("click", *said, then="message_id"),
            "message_key": self._rows.message_key("message_id"), "click_id": plain_click("click_id"), "token": plain_click("token"),
        }  # fmt: skip
        return self._rows.select("click", values, "FROM told_click")

    def _opts(self) -> str:
        values = _CONTACT | {
            "event_key": self._rows.told("opt", "direction", "door", "occurred_us", "message_id", "contact_key"),
            "message_key": self._rows.message_key("message_id"), "direction": "direction", "door": "door",
        }  # fmt: skip
        return self._rows.select("opt", values, "FROM told_opt")

    def _notices(self) -> str:
        own = {column.name: column.name for column in KINDS["notice"].own}
        values = own | {"event_key": self._rows.told("notice", "topic", "subject", "name", "occurred_us", "detail")}
        return self._rows.select("notice", values, "FROM told_notice")

    def _identities(self) -> str:
        values = (
            self._rows.once("contact_key")
            | _CONTACT
            | {"scheme": "identity_scheme", "digest": "digest", "shown": "shown"}
        )
        distinct = "SELECT DISTINCT contact_key, identity_scheme, digest, shown FROM identified"
        return self._rows.select("identity", values, f"FROM ({distinct})")

    def _links(self) -> str:
        values = _CONTACT | {"event_key": "xor(contact_key, other_key)", "other_key": "other_key", "row": "NULL"}
        once = "SELECT contact_key, other_key, min(occurred_us) AS occurred_us, min(received_us) AS received_us"
        return self._rows.select(
            "identity_link", values, f"FROM ({once} FROM told_link GROUP BY contact_key, other_key)"
        )

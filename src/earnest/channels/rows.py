"""How one event row is written in SQL: the columns all rows share, and keys made of ids or of what was told."""

from __future__ import annotations

from dataclasses import dataclass

from earnest.events.kinds import KINDS
from earnest.importers.emit import Stamp
from earnest.importers.parsing import identifier, quote


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows of one channel's bodies have in common.

    Args:
        channel: its code, part of the keys of messages and answers. source: namespace that rows carry, part of the
            keys of orders, and of messages and answers if `ids_per_source`.
        zone: the workspace's zone, for business days. stamp: what every row of the import carries; its `file_hash` names
            where bodies stand if `retells` is False.
        retells: what is told without an id, twice and equally, happened once. ids_per_source: as the channel's.
    """

    channel: str
    source: str
    zone: str
    stamp: Stamp
    retells: bool = True
    ids_per_source: bool = False

    def select(self, kind: str, values: dict[str, str], tail: str) -> str:
        """A SELECT with all columns of an event kind, in schema order; columns not given are null."""
        common = {
            "received_us": f"coalesce(received_us, {self.stamp.received_us})",
            "source": quote(self.source),
            "segment_key": str(self.stamp.segment_key),
            "row": "row",
            "occurred_us": "occurred_us",
            "local_day": f"CAST(timezone({quote(self.zone)}, make_timestamptz(occurred_us)) AS DATE) - DATE '1970-01-01'",
        }
        columns = ", ".join(
            f"CAST({(common | values).get(c.name, 'NULL')} AS {c.type}) AS {identifier(c.name)}"
            for c in KINDS[kind].columns
        )
        return f"SELECT {columns} {tail}"

    def once(self, key: str) -> dict[str, str]:
        """Columns of rows that stand for something met, not for something that happened."""
        return dict.fromkeys(("row", "occurred_us", "local_day"), "NULL") | {
            "event_key": key,
            "received_us": str(self.stamp.received_us),
        }

    def key(self, namespace: str, column: str) -> str:
        """Key of what the provider gave an id, or the source where each source has ids of its own."""
        if self.ids_per_source:
            return self.source_key(namespace, column)
        return f"content_key('{namespace}:{self.channel}:' || {column})"

    def message_key(self, column: str) -> str:
        """Key of a message. Ids that WhatsApp gave are the same whoever tells them, as in files of rows."""
        own = self.key("message", column)
        if self.channel == "whatsapp":
            return own
        return f"CASE WHEN starts_with({column}, 'wamid.') THEN content_key('message:whatsapp:' || {column}) ELSE {own} END"

    def source_key(self, namespace: str, column: str) -> str:
        """Key of what the source gave an id: the one that a file imported with this `--source` gets."""
        return f"content_key({quote(f'{namespace}:{self.source}:')} || {column})"

    def told(self, namespace: str, *columns: str, then: str = "NULL") -> str:
        """Key of something without an id, from what it says.

        Where equal tellings may be two happenings, its place is part of it: where its body stands, and its number
        among the equal ones of that body.

        Args:
            then: one more column, which counts only where it is told.
        """
        texts = [f"coalesce(CAST({column} AS VARCHAR), '')" for column in columns]
        said = ", ".join([*texts, then])
        if self.retells:
            return f"content_key(concat_ws(chr(31), '{namespace}:{self.channel}', {said}))"
        number = f"row_number() OVER (PARTITION BY row, {said})"
        place = f"{quote(self.stamp.file_hash)}, row, {number}"
        return f"content_key(concat_ws(chr(31), '{namespace}-row:{self.channel}', {place}, {said}))"

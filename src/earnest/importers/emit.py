"""Accepted rows → event rows: one SELECT per event kind a file kind can give rise to.

Keys come from content (namespace, source, id), so that the same thing told twice is one event. A row without an id of
its own is keyed by its file's hash and its record number: equal rows of one file are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from earnest.events.kinds import KINDS, Status
from earnest.importers.mapping import Mapping
from earnest.importers.parsing import attribute_column, identifier, quote


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every event row of one import carries."""

    file_hash: str
    segment_key: int
    received_us: int


Emission = tuple[str, str]
"""(event kind, SELECT over `accepted` that yields its columns)."""


def emissions(mapping: Mapping, stamp: Stamp) -> list[Emission]:
    """All event kinds that a checked file yields, with the SELECT of each."""
    own = list(_BY_KIND[mapping.kind](mapping, stamp))
    identities = [field for field, _ in mapping.fields if field in ("phone", "wa_id", "email", "contact")]
    if identities:
        own.append(("identity", _identity(mapping, stamp)))
    if len(identities) > 1:
        own.extend(_links(len(identities), mapping, stamp))
    return own


def _select(
    kind: str, mapping: Mapping, stamp: Stamp, *, values: dict[str, str], tail: str = "FROM accepted"
) -> Emission:
    """A SELECT with all columns of an event kind, in schema order; columns not given are null."""
    common = {
        "received_us": str(stamp.received_us),
        "source": quote(mapping.source),
        "segment_key": str(stamp.segment_key),
        "row": "row",
        "contact_key": "contact_key",
    }
    columns = ", ".join(
        f"CAST({(common | values).get(c.name, 'NULL')} AS {c.type}) AS {identifier(c.name)}"
        for c in KINDS[kind].columns
    )
    return kind, f"SELECT {columns} {tail}"


def _key(namespace: str, column: str, mapping: Mapping, stamp: Stamp) -> str:
    """Key of a thing by its source's id, or by its place in the file where it has none."""
    by_row = f"content_key('{namespace}-row:{stamp.file_hash}:' || row)"
    if mapping.of(column) is None:
        return by_row
    by_id = _by_id(namespace, column, mapping)
    return f"CASE WHEN {column} IS NULL THEN {by_row} ELSE {by_id} END"


def _reference(namespace: str, column: str, mapping: Mapping) -> str:
    return _by_id(namespace, column, mapping) if mapping.of(column) else "NULL"


def _by_id(namespace: str, column: str, mapping: Mapping) -> str:
    """Key of an id. Ids that WhatsApp gave are the same whoever tells them: a report, a link tool, the webhooks."""
    if namespace != "message":
        return f"content_key('{namespace}:{mapping.source}:' || {column})"
    own = f"content_key('{namespace}:{mapping.message_space or mapping.source}:' || {column})"
    return f"CASE WHEN starts_with({column}, 'wamid.') THEN content_key('message:whatsapp:' || {column}) ELSE {own} END"


LONGEST_PLAIN_ID, ID_TAIL = 40, 16


def shown_id(column: str) -> str:
    """SQL of a message id as rows keep it: WhatsApp's own hold the recipient's number in base64, so only their end is kept.

    The key is of the whole id: whoever has it finds the message by it.
    """
    return f"CASE WHEN starts_with({column}, 'wamid.') AND length({column}) > {LONGEST_PLAIN_ID} THEN 'wamid.…' || right({column}, {ID_TAIL}) ELSE {column} END"


def shown_text(message_id: str) -> str:
    """The same in Python.

    Example:
        >>> shown_text("wamid.HBgNNDkxNTExMDAwMDAwNxUCABEYEjlBM0NBNUIzRDRDRDZFNjdFNwA="), shown_text("SM1")
        ('wamid.…DRDRDZFNjdFNwA=', 'SM1')
    """
    long = message_id.startswith("wamid.") and len(message_id) > LONGEST_PLAIN_ID
    return f"wamid.…{message_id[-ID_TAIL:]}" if long else message_id


LABELS = ("channel", "callback", "campaign", "template", "tag", "category")
_LABEL_BITS = 1 << 60


def label_key() -> str:
    """Positive key; the three top bits rank how sure a hint is, and whether it names a category: MAX keeps the surest."""
    text = " || chr(31) || ".join(f"coalesce({name}, '')" for name in LABELS)
    rank = "CASE WHEN callback IS NOT NULL THEN 3 WHEN campaign IS NOT NULL THEN 2 WHEN template IS NOT NULL OR tag IS NOT NULL THEN 1 ELSE 0 END"
    surest = f"CAST(2 * ({rank}) + CASE WHEN category IS NULL THEN 0 ELSE 1 END AS BIGINT)"
    return f"{surest} * {_LABEL_BITS} + (content_key({text}) & {_LABEL_BITS - 1})"


def _messages(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    labelled = f"(SELECT *, {_key('message', 'message_id', mapping, stamp)} AS message_key, {label_key()} AS label_key FROM accepted)"
    shared = {
        "message_key": "message_key", "message_id": shown_id("message_id"), "label_key": "label_key", "recipient_zone": "zone",
        "cost_micro": "cost", "error_code": "error_code",
    }  # fmt: skip
    statuses: list[str] = []
    if _dated_status(mapping):
        rank = " ".join(f"WHEN '{s.name.lower()}' THEN {s.value}" for s in Status)
        values = shared | {
            "status": f"CASE status {rank} END",
            "occurred_us": "occurred_at_us",
            "local_day": "occurred_at_day",
        }
        values["event_key"] = f"xor(message_key, CASE status {rank} END)"
        names = ", ".join(quote(s.name.lower()) for s in Status)
        dated = "occurred_at_us IS NOT NULL"
        statuses.append(
            _select(
                "message", mapping, stamp, values=values, tail=f"FROM {labelled} WHERE status IN ({names}) AND {dated}"
            )[1]
        )
    for status in Status:
        at = f"{status.name.lower()}_at"
        if mapping.of(at):
            values = shared | {"status": str(status.value), "occurred_us": f"{at}_us", "local_day": f"{at}_day"}
            values["event_key"] = f"xor(message_key, {status.value})"
            if status is not Status.FAILED:
                values["error_code"] = "NULL"
            statuses.append(
                _select("message", mapping, stamp, values=values, tail=f"FROM {labelled} WHERE {at}_us IS NOT NULL")[1]
            )
    yield "message", " UNION ALL ".join(statuses)
    label = {"event_key": "label_key", "label_key": "label_key", "row": "NULL", "contact_key": "NULL"} | {
        name: name for name in LABELS
    }
    distinct = f"FROM (SELECT DISTINCT label_key, {', '.join(LABELS)} FROM {labelled})"
    yield _select("label", mapping, stamp, values=label, tail=distinct)
    for kind, status_name, at, number, extra in _ANSWERS:
        yield from _answers(mapping, stamp, (kind, status_name, at, number, extra), labelled)


_ANSWERS: tuple[tuple[str, str, str, int, dict[str, str]], ...] = (
    ("click", "clicked", "clicked_at", 101, {"click_class": "'human'"}),
    ("reply", "replied", "replied_at", 102, {}),
    ("opt", "opted_out", "opted_out_at", 103, {"direction": "'out'", "door": "'file'"}),
    ("opt", "opted_in", "opted_in_at", 104, {"direction": "'in'", "door": "'file'"}),
)


def _answers(
    mapping: Mapping, stamp: Stamp, answer: tuple[str, str, str, int, dict[str, str]], labelled: str
) -> Iterator[Emission]:
    kind, status_name, at, number, extra = answer
    values = {"message_key": "message_key", "event_key": f"xor(message_key, {number})", **extra}
    if mapping.of(at):
        at_values = values | {"occurred_us": f"{at}_us", "local_day": f"{at}_day"}
        yield _select(kind, mapping, stamp, values=at_values, tail=f"FROM {labelled} WHERE {at}_us IS NOT NULL")
    if _dated_status(mapping):
        own_id = "message_id IS NOT NULL" if mapping.of("message_id") else "false"
        # An inbound message's id is its own, not that of the message it answers: the reply finds its message by contact.
        values["message_key"] = f"CASE WHEN {own_id} AND {quote(kind)} <> 'reply' THEN message_key END"
        values |= {"occurred_us": "occurred_at_us", "local_day": "occurred_at_day"}
        values["event_key"] = f"content_key('{status_name}:' || coalesce(message_key, 0) || ':' || occurred_at_us)"
        told = f"FROM {labelled} WHERE status = {quote(status_name)} AND occurred_at_us IS NOT NULL"
        yield _select(kind, mapping, stamp, values=values, tail=told)


def _dated_status(mapping: Mapping) -> bool:
    """Whether a row tells a status and when it happened; a status without its own time is no event."""
    return mapping.of("status") is not None and mapping.of("occurred_at") is not None


def _conversion(kind: str, id_column: str, at: str) -> Callable[[Mapping, Stamp], Iterator[Emission]]:
    def emit(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
        namespace = "order" if kind == "order" else "conversion"
        key = _key(namespace, id_column, mapping, stamp)
        lines = kind == "order" and mapping.of("line_amount") is not None
        net = "coalesce(amount, total - coalesce(tax, 0) - coalesce(shipping, 0))"
        keyed = f"(SELECT *, {key} AS order_key, {net} AS net FROM accepted)"
        if lines:
            keyed = _from_lines(keyed, at)
        values = {
            "order_key": "order_key", "order_id": id_column, "occurred_us": f"{at}_us", "local_day": f"{at}_day",
            "conversion_kind": "'order'" if kind == "order" else "conversion_kind",
            "updated_us": "updated_at_us", "net_minor": "net", "tax_minor": "tax", "shipping_minor": "shipping",
            "discount_minor": "discount", "coupon": "coupon", **_told("coalesce(told_net, told_line)"),
            "cancelled": "coalesce(status = 'cancelled', false) OR cancelled_at_us IS NOT NULL",
            "event_key": (
                "content_key(concat_ws(':', 'version', order_key, coalesce(updated_at_us, 0), coalesce(net, 0),"
                f" coalesce(status, ''), coalesce(cancelled_at_us, 0), {at}_us))"
            ),
        }  # fmt: skip
        yield _select(kind, mapping, stamp, values=values, tail=f"FROM {keyed}")
        if kind == "order" and mapping.of("sku"):
            yield _order_lines(mapping, stamp, key, at)

    return emit


def _told(minor: str) -> dict[str, str]:
    """What an amount in another currency was before it was converted."""
    return {"currency": "told_currency", "told_minor": minor, "fx_rate": "told_rate"}


def _from_lines(keyed: str, at: str) -> str:
    """One row an order from one row a line: order fields once, the amount given or else the sum of its lines."""
    once = (
        "order_id", f"{at}_us", f"{at}_day", "updated_at_us", "tax", "shipping", "discount", "coupon", "status", "cancelled_at_us",
        "contact_key", "told_currency", "told_net", "told_rate",
    )  # fmt: skip
    columns = ", ".join(f"max({name}) AS {name}" for name in once)
    return (
        f"(SELECT order_key, min(row) AS row, {columns}, coalesce(max(net), CAST(sum(line_amount) AS BIGINT)) AS net,"
        f" CAST(sum(told_line) AS BIGINT) AS told_line FROM {keyed}"
        " GROUP BY order_key)"
    )


def _order_lines(mapping: Mapping, stamp: Stamp, key: str, at: str) -> Emission:
    values = {
        "order_key": "order_key", "occurred_us": f"{at}_us", "local_day": f"{at}_day", "sku": "sku",
        "quantity_milli": "quantity", "line_minor": "line_amount", "event_key": f"content_key('line:{stamp.file_hash}:' || row)",
    }  # fmt: skip
    return _select(
        "order_line",
        mapping,
        stamp,
        values=values,
        tail=f"FROM (SELECT *, {key} AS order_key FROM accepted) WHERE sku IS NOT NULL",
    )


def _refunds(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    values = {
        "order_key": _reference("order", "order_id", mapping),
        "conversion_key": _reference("conversion", "order_id", mapping), "occurred_us": "refunded_at_us", "local_day": "refunded_at_day",
        "refund_minor": "amount", **_told("told_net"), "event_key": _key("refund", "refund_id", mapping, stamp),
    }  # fmt: skip
    yield _select("refund", mapping, stamp, values=values)


def _clicks(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    values = {
        "message_key": _reference("message", "message_id", mapping), "occurred_us": "clicked_at_us", "local_day": "clicked_at_day",
        "click_class": "coalesce(click_class, 'human')" if not mapping.of("click_class") else "coalesce(click_class, 'unknown')",
        "event_key": _key("click", "click_id", mapping, stamp),
    }  # fmt: skip
    yield _select("click", mapping, stamp, values=values)


def _costs(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    values = {
        "cost_id": "cost_id", "campaign": "campaign", "cost_kind": "coalesce(cost_kind, 'other')", "amount_micro": "amount", "currency": "currency",
        "evidence": "coalesce(evidence, 'assumed')", "covers_messaging": "coalesce(covers_messaging, false)", "until_us": "until_us",
        "description": "description", "occurred_us": '"from_us"', "local_day": '"from_day"', "contact_key": "NULL",
        "event_key": _key("cost", "cost_id", mapping, stamp),
    }  # fmt: skip
    yield _select("cost", mapping, stamp, values=values)


def _assignments(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    values = {
        "experiment": "experiment", "arm": "arm", "occurred_us": "assigned_at_us", "local_day": "assigned_at_day",
        "event_key": "content_key(concat_ws(':', 'assignment', experiment, contact_key, arm, assigned_at_us))",
    }  # fmt: skip
    yield _select("assignment", mapping, stamp, values=values)


def _contacts(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    named = [(name, attribute_column(place)) for place, (name, _) in enumerate(mapping.attributes)]
    if mapping.of("consent"):
        named.append(("consent", "consent"))
    selects = []
    for name, column in named:
        values = {
            "attribute": quote(name), "value": column, "occurred_us": "valid_from_us", "local_day": "valid_from_day",
            "event_key": f"content_key(concat_ws(':', 'attribute', contact_key, {quote(name)}, {column}, valid_from_us))",
        }  # fmt: skip
        selects.append(
            _select("contact", mapping, stamp, values=values, tail=f"FROM accepted WHERE {column} IS NOT NULL")[1]
        )
    if selects:
        yield "contact", " UNION ALL ".join(selects)


def _series(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    values = {
        "series": "series", "value": '"value"', "occurred_us": "at_us", "local_day": "at_day", "contact_key": "NULL",
        "event_key": "content_key(concat_ws(':', 'series', series, at_us))",
    }  # fmt: skip
    yield _select("series", mapping, stamp, values=values)


def _sessions(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    values = {name: name for name in ("session_id", "utm_source", "utm_medium", "utm_campaign", "click_id")}
    values |= {
        "occurred_us": "started_at_us",
        "local_day": "started_at_day",
        "event_key": _key("session", "session_id", mapping, stamp),
    }
    yield _select("session", mapping, stamp, values=values)


PHONE_WITHIN = r"\+?[0-9](?:[ ()./-]{0,3}[0-9]){6,}"
MAIL_WITHIN = r"[^\s@]+@[^\s@]+"
"""Phones and mail addresses among words, for RE2 and Python alike."""


def _freed(column: str) -> str:
    """SQL of words without phones and mail addresses."""
    return (
        f"regexp_replace(regexp_replace({column}, {quote(MAIL_WITHIN)}, '•••', 'g'), {quote(PHONE_WITHIN)}, '•••', 'g')"
    )


def _survey_answers(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    """An answer is known by its form and question; without a form's id by its row."""
    form = "answer_id || ':' || question" if mapping.of("answer_id") else "NULL"
    by_row = f"content_key('answer-row:{stamp.file_hash}:' || row)"
    values = {name: name for name in ("survey", "question")} | {
        "answer": _freed("answer"),
        "message_key": _reference("message", "message_id", mapping), "version": "0",
        "occurred_us": "answered_at_us", "local_day": "answered_at_day",
        "event_key": f"coalesce(content_key({quote(f'answer:{mapping.source}:')} || {form} || ':0'), {by_row})",
    }  # fmt: skip
    yield _select("survey_answer", mapping, stamp, values=values, tail="FROM accepted WHERE answer IS NOT NULL")


def _reviews(mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    values = {
        "review_id": "review_id", "sku": "sku", "rating_milli": "rating", "scale_milli": "coalesce(scale, 5000)",
        "words": _freed("words"), "occurred_us": "reviewed_at_us", "local_day": "reviewed_at_day",
        "event_key": _key("review", "review_id", mapping, stamp),
    }  # fmt: skip
    yield _select("review", mapping, stamp, values=values)


def _identity(mapping: Mapping, stamp: Stamp) -> str:
    values = {
        "contact_key": "contact_key",
        "event_key": "contact_key",
        "scheme": "identity_scheme",
        "digest": "digest",
        "shown": "shown",
        "row": "NULL",
    }
    distinct = "FROM (SELECT DISTINCT contact_key, identity_scheme, digest, shown FROM identified)"
    return _select("identity", mapping, stamp, values=values, tail=distinct)[1]


def _links(count: int, mapping: Mapping, stamp: Stamp) -> Iterator[Emission]:
    pairs = [
        f"SELECT DISTINCT contact_key, identity_{n} AS other_key FROM accepted WHERE identity_{n} <> contact_key"
        for n in range(1, count)
    ]
    values = {
        "contact_key": "contact_key",
        "other_key": "other_key",
        "row": "NULL",
        "event_key": "xor(contact_key, other_key)",
    }
    yield _select("identity_link", mapping, stamp, values=values, tail=f"FROM ({' UNION '.join(pairs)})")


_BY_KIND: dict[str, Callable[[Mapping, Stamp], Iterator[Emission]]] = {
    "messages": _messages,
    "orders": _conversion("order", "order_id", "ordered_at"),
    "conversions": _conversion("conversion", "conversion_id", "converted_at"),
    "refunds": _refunds,
    "clicks": _clicks,
    "costs": _costs,
    "assignments": _assignments,
    "contacts": _contacts,
    "series": _series,
    "sessions": _sessions,
    "answers": _survey_answers,
    "reviews": _reviews,
}

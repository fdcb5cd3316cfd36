"""Staged orders, refunds, visits and what is known of contacts → event rows under the keys of imported files.

The id of an order is its source's: a file imported with `--source NAME` and the webhooks of the source NAME tell of one
order, and the version with the highest `updated_us` is in force, whichever way it came.
"""

from __future__ import annotations

from earnest.channels.rows import Rows
from earnest.channels.showing import plain, plain_click, plain_id
from earnest.importers.emit import Emission

_CONTACT = {"contact_key": "contact_key"}


def of_orders(rows: Rows) -> list[Emission]:
    """Orders, other conversions, lines and refunds."""
    return [
        ("order", _versions(rows, "order")),
        ("conversion", _versions(rows, "conversion")),
        ("order_line", _lines(rows)),
        ("refund", _refunds(rows)),
    ]


def of_contacts(rows: Rows) -> list[Emission]:
    """Visits, attributes, assignments, answers to surveys and reviews."""
    return [
        ("session", _sessions(rows)),
        ("contact", _attributes(rows)),
        ("assignment", _assignments(rows)),
        ("survey_answer", _answers(rows)),
        ("review", _reviews(rows)),
    ]


def _versions(rows: Rows, kind: str) -> str:
    values = _CONTACT | {
        "order_key": "order_key", "order_id": "order_id", "conversion_kind": "conversion_kind", "updated_us": "updated_us",
        "net_minor": "net", "tax_minor": "tax", "shipping_minor": "shipping", "discount_minor": "discount",
        "cancelled": "cancelled", "coupon": plain("coupon"),
        "event_key": (
            "content_key(concat_ws(':', 'version', order_key, coalesce(updated_us, 0), coalesce(net, 0),"
            " CASE WHEN cancelled THEN 'cancelled' ELSE '' END, 0, occurred_us))"
        ),
    }  # fmt: skip
    return rows.select(
        kind, values, f"FROM (SELECT *, {rows.source_key(kind, 'order_id')} AS order_key FROM told_{kind})"
    )


def _lines(rows: Rows) -> str:
    """A line is known by its order and its place in it: told again with a newer version, it is the same line."""
    values = {
        "event_key": rows.source_key("line", "order_id || ':' || place"), "order_key": rows.source_key("order", "order_id"),
        "sku": "sku", "quantity_milli": "quantity", "line_minor": "amount",
    }  # fmt: skip
    return rows.select("order_line", values, "FROM told_line")


def _refunds(rows: Rows) -> str:
    values = _CONTACT | {
        "event_key": rows.source_key("refund", "refund_id"), "order_key": rows.source_key("order", "order_id"),
        "conversion_key": rows.source_key("conversion", "order_id"), "refund_minor": "amount",
    }  # fmt: skip
    return rows.select("refund", values, "FROM told_refund")


def _sessions(rows: Rows) -> str:
    said = ("utm_source", "utm_medium", "utm_campaign")
    own = {"session_id": plain_id("session_id"), "click_id": plain_click("click_id")} | {
        name: plain(name) for name in (*said, "page", "order_id")
    }
    return rows.select(
        "session", own | _CONTACT | {"event_key": rows.source_key("session", "session_id")}, "FROM told_session"
    )


def _attributes(rows: Rows) -> str:
    key = "content_key(concat_ws(':', 'attribute', contact_key, attribute, value, occurred_us))"
    values = _CONTACT | {"event_key": key, "attribute": "attribute", "value": "value"}
    return rows.select("contact", values, "FROM told_attribute WHERE contact_key IS NOT NULL")


def _assignments(rows: Rows) -> str:
    key = "content_key(concat_ws(':', 'assignment', experiment, contact_key, arm, occurred_us))"
    values = _CONTACT | {"event_key": key, "experiment": "experiment", "arm": "arm"}
    return rows.select("assignment", values, "FROM told_assignment WHERE contact_key IS NOT NULL")


def _answers(rows: Rows) -> str:
    """An answer is known by its form and question; an edit is a version of its own."""
    own = {name: name for name in ("survey", "question", "round", "version")} | {"answer": plain("answer")}
    values = _CONTACT | own | {
        "event_key": rows.source_key("answer", "concat_ws(':', answer_id, question, version)"),
        "message_key": rows.message_key("message_id"),
    }  # fmt: skip
    return rows.select("survey_answer", values, "FROM told_answer")


def _reviews(rows: Rows) -> str:
    own = {name: name for name in ("sku", "rating_milli", "scale_milli")}
    values = _CONTACT | own | {
        "event_key": rows.source_key("review", "review_id"), "review_id": plain_id("review_id"), "words": plain("words"),
    }  # fmt: skip
    return rows.select("review", values, "FROM told_review")

"""Who is one person: connected components of the evidence that identities belong together, and what people decided about it.

    identities told together ────────────┐
    one click id, clicked and landed ────┤
    a coupon given to one, used by one ──┤
    an order told in one's visits ───────┼─> graph ─> components; a person's key is the smallest of its identities' keys
    links made by hand ──────────────────┤
    links cut by hand ───────────────────┘   (a cut takes out the direct link of two identities, whoever told it)

A click id or coupon that leads to more than two identities was passed on, and is no evidence. So is an order that more than one
visitor tells, and every order of a visitor that leads to several customers: a device that people share, or an invention.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import duckdb
import numpy
import numpy.typing
import pyarrow
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from earnest.definitions.state import LinkDecision, State

Keys = numpy.typing.NDArray[numpy.int64]


def decided(state: State) -> list[LinkDecision]:
    """The decision in force about each two identities."""
    latest = {(one.one, one.other): one for one in state.link_decisions}
    return [one for one in latest.values() if one.together is not None]


TOGETHER = """SELECT contact_key, other_key, 'told-together' AS evidence, min(occurred_us) AS since_us, min(received_us) AS known_us,
        min(source) AS source
    FROM event_identity_link WHERE contact_key IS NOT NULL AND other_key IS NOT NULL AND contact_key <> other_key GROUP BY ALL"""

_PAIR = """SELECT min(contact_key) AS contact_key, max(contact_key) AS other_key, '{evidence}' AS evidence, min(occurred_us) AS since_us,
        min(received_us) AS known_us, min(source) AS source
    FROM ({both}) WHERE contact_key IS NOT NULL AND mark IS NOT NULL AND mark <> '' GROUP BY mark
    HAVING count(DISTINCT contact_key) = 2 AND count(DISTINCT side) = 2"""

_CLICKED = """SELECT c.contact_key, c.occurred_us, c.received_us, c.source, c.click_id AS mark, 1 AS side FROM event_click AS c
    UNION ALL SELECT contact_key, occurred_us, received_us, source, click_id, 2 FROM event_session"""

_REDEEMED = """SELECT contact_key, occurred_us, received_us, source, lower(value) AS mark, 1 AS side FROM event_contact WHERE attribute = 'coupon'
    UNION ALL SELECT contact_key, occurred_us, received_us, source, mark, 2 FROM (
        SELECT contact_key, occurred_us, received_us, source,
            unnest(list_append(regexp_split_to_array(lower(coupon), '[,;\\s]+'), lower(coupon))) AS mark
        FROM event_order WHERE coupon IS NOT NULL)
        WHERE mark IN (SELECT lower(value) FROM event_contact WHERE attribute = 'coupon')"""

_TOLD_ORDERS = """SELECT contact_key, occurred_us, received_us, source, order_id AS mark, 1 AS side FROM event_session WHERE order_id <> ''
    UNION ALL SELECT contact_key, occurred_us, received_us, source, order_id, 2 FROM event_order
        WHERE order_id IN (SELECT order_id FROM event_session)"""

_ORDERED = f"""SELECT least(visitor, customer) AS contact_key, greatest(visitor, customer) AS other_key, 'order-told' AS evidence,
        since_us, known_us, source
    FROM (SELECT min(contact_key) FILTER (side = 1) AS visitor, min(contact_key) FILTER (side = 2) AS customer,
            min(occurred_us) AS since_us, min(received_us) AS known_us, min(source) AS source
        FROM ({_TOLD_ORDERS}) WHERE contact_key IS NOT NULL GROUP BY mark
        HAVING count(DISTINCT contact_key) = 2 AND count(DISTINCT contact_key) FILTER (side = 1) = 1
            AND count(DISTINCT contact_key) FILTER (side = 2) = 1)
    QUALIFY min(customer) OVER (PARTITION BY visitor) = max(customer) OVER (PARTITION BY visitor)"""

EVIDENCE_KINDS = ("identity_link", "click", "session", "contact", "order")
"""Event kinds that tell links."""


def evidence(kinds: Collection[str]) -> str:
    """SELECT of every link that events of these kinds tell: contact_key, other_key, evidence, since_us (it happened), known_us (to us), source.

    What only sessions or coupons tell is left out where there are none.
    """
    parts = [TOGETHER]
    if {"click", "session"} <= set(kinds):
        parts.append(_PAIR.format(evidence="click-id", both=_CLICKED))
    if {"contact", "order"} <= set(kinds):
        parts.append(_PAIR.format(evidence="coupon", both=_REDEEMED))
    if {"session", "order"} <= set(kinds):
        parts.append(_ORDERED)
    return " UNION ALL ".join(parts)


def identity_table(con: duckdb.DuckDBPyConnection, state: State, links_sql: str) -> pyarrow.Table:
    """(contact_key, person_key) of every identity that is not its person's own key.

    Args:
        links_sql: SELECT of links, see `evidence`; its event views must be bound.
    """
    links = con.sql(f"SELECT DISTINCT contact_key, other_key FROM ({links_sql})").to_arrow_table()
    left, right = _judged(links["contact_key"].to_numpy(), links["other_key"].to_numpy(), decided(state))
    keys, person = components(left, right)
    moved = person != keys
    return pyarrow.table({"contact_key": keys[moved], "person_key": person[moved]})


def _judged(left: Keys, right: Keys, decisions: Iterable[LinkDecision]) -> tuple[Keys, Keys]:
    """Links without those that were cut, and with those that were made."""
    judged = list(decisions)
    if not judged:
        return left, right
    low, high = numpy.minimum(left, right), numpy.maximum(left, right)
    kept = numpy.ones(len(left), bool)
    for one in judged:
        if not one.together:
            kept &= ~((low == one.one) & (high == one.other))
    made = [(one.one, one.other) for one in judged if one.together]
    ones = numpy.array([one for one, _ in made], numpy.int64)
    others = numpy.array([other for _, other in made], numpy.int64)
    return numpy.concatenate([left[kept], ones]), numpy.concatenate([right[kept], others])


def components(left: Keys, right: Keys) -> tuple[Keys, Keys]:
    """Connected components of an undirected graph: distinct keys, sorted, and for each the smallest of its component.

    Example:
        >>> keys, person = components(numpy.array([5, 9]), numpy.array([3, 8]))
        >>> keys.tolist(), person.tolist()
        ([3, 5, 8, 9], [3, 3, 8, 8])
    """
    keys, flat = numpy.unique(numpy.concatenate([left, right]), return_inverse=True)
    size = len(keys)
    if size == 0:
        return keys.astype(numpy.int64), keys.astype(numpy.int64)
    graph = coo_array((numpy.ones(len(left), numpy.int8), (flat[: len(left)], flat[len(left) :])), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    smallest = numpy.full(int(component.max()) + 1, numpy.iinfo(numpy.int64).max)
    numpy.minimum.at(smallest, component, keys)
    return keys, smallest[component]

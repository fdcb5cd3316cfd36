"""Who is one person: connected components of the evidence that identities belong together, and what people decided about it.

    identities told together ────────────┐
    one click id, clicked and landed ────┤
    a coupon given to one, used by one ──┤
    an order told in one's visits ───────┼─> graph ─> components; a person's key is the smallest of its identities' keys
    links made by hand ──────────────────┤
    links cut by hand ───────────────────┘   (a cut takes out the direct link of two identities, whoever told it)

A click id or coupon that leads to more than two identities was passed on, and is no evidence. So is an order that more than one
visitor tells, and every order of a visitor that leads to several customers: a device that people share, or an invention. A
personal address, too, may be passed on or clicked at will, each click an id of its own: what counts is whom all of them reach.
And two who have each a phone are never joined by a click, a coupon or an order alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import duckdb
import numpy
import numpy.typing
import pyarrow
import pyarrow.compute
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from earnest.definitions.state import LinkDecision, State
from earnest.kernel.period import DAY_US

Keys = numpy.typing.NDArray[numpy.int64]
Flags = numpy.typing.NDArray[numpy.bool_]

MOST_UNKNOWN = 3
"""Visitors without a known customer that clicks of one contact may reach: a phone, a laptop, a browser that forgot."""
FURTHEST_US = DAY_US
"""A visit tells an order at most so long before or after it was placed: later ones guess numbers."""


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

_LANDED = f"""SELECT clicker AS contact_key, CASE WHEN low = clicker THEN high ELSE low END AS other_key, 'click-id' AS evidence,
        since_us, known_us, source
    FROM (SELECT min(contact_key) FILTER (side = 1) AS clicker, min(contact_key) AS low, max(contact_key) AS high,
            min(occurred_us) AS since_us, min(received_us) AS known_us, min(source) AS source
        FROM ({_CLICKED}) WHERE contact_key IS NOT NULL AND mark <> '' GROUP BY mark
        HAVING count(DISTINCT contact_key) = 2 AND count(DISTINCT side) = 2
            AND count(DISTINCT contact_key) FILTER (side = 1) = 1)"""
"""`contact_key` clicked, `other_key` landed."""

_REDEEMED = """SELECT contact_key, occurred_us, received_us, source, lower(value) AS mark, 1 AS side FROM event_contact WHERE attribute = 'coupon'
    UNION ALL SELECT contact_key, occurred_us, received_us, source, mark, 2 FROM (
        SELECT contact_key, occurred_us, received_us, source,
            unnest(list_append(regexp_split_to_array(lower(coupon), '[,;\\s]+'), lower(coupon))) AS mark
        FROM event_order WHERE coupon IS NOT NULL)
        WHERE mark IN (SELECT lower(value) FROM event_contact WHERE attribute = 'coupon')"""

_ORDERED = f"""SELECT visitor AS contact_key, customer AS other_key, 'order-told' AS evidence, since_us, known_us, source
    FROM (SELECT min(s.contact_key) AS visitor, min(o.contact_key) AS customer,
            least(min(s.occurred_us), min(o.occurred_us)) AS since_us, least(min(s.received_us), min(o.received_us)) AS known_us,
            least(min(s.source), min(o.source)) AS source
        FROM event_session AS s JOIN event_order AS o ON s.order_id = o.order_id
            AND s.occurred_us BETWEEN o.occurred_us - {FURTHEST_US} AND o.occurred_us + {FURTHEST_US}
        WHERE s.order_id <> '' AND s.contact_key IS NOT NULL AND o.contact_key IS NOT NULL GROUP BY s.order_id
        HAVING count(DISTINCT s.contact_key) = 1 AND count(DISTINCT o.contact_key) = 1 AND visitor <> customer)
    QUALIFY min(customer) OVER (PARTITION BY visitor) = max(customer) OVER (PARTITION BY visitor)"""
"""`contact_key` is the visitor, `other_key` the customer."""

EVIDENCE_KINDS = ("identity_link", "click", "session", "contact", "order")
"""Event kinds that tell links."""


def evidence(kinds: Collection[str]) -> str:
    """SELECT of every link that events of these kinds tell: contact_key, other_key, evidence, since_us (it happened), known_us (to us), source.

    What only sessions or coupons tell is left out where there are none. What clicks reached is judged by `believed`.
    """
    parts = [TOGETHER]
    if {"click", "session"} <= set(kinds):
        parts.append(_LANDED)
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
    links = con.sql(f"SELECT DISTINCT contact_key, other_key, evidence FROM ({links_sql})").to_arrow_table()
    left, right = links["contact_key"].to_numpy(), links["other_key"].to_numpy()
    clicks, orders = (
        pyarrow.compute.equal(links["evidence"], kind).to_numpy().astype(bool) for kind in ("click-id", "order-told")
    )
    weak = pyarrow.compute.not_equal(links["evidence"], "told-together").to_numpy().astype(bool)
    judged = decided(state)
    uncut = _uncut(left, right, judged)
    left, right, clicks, orders, weak = left[uncut], right[uncut], clicks[uncut], orders[uncut], weak[uncut]
    made = [(one.one, one.other) for one in judged if one.together]
    ones = numpy.array([one for one, _ in made], numpy.int64)
    others = numpy.array([other for _, other in made], numpy.int64)
    by_hand = numpy.zeros(len(made), bool)
    left, right = numpy.concatenate([left, ones]), numpy.concatenate([right, others])
    kept = believed(
        left, right, clicks=numpy.concatenate([clicks, by_hand]), orders=numpy.concatenate([orders, by_hand])
    )
    left, right, weak = left[kept], right[kept], numpy.concatenate([weak, by_hand])[kept]
    if weak.any():
        kept = ~contradicted(left, right, weak=weak, phones=_phones(con, numpy.concatenate([left, right])))
        left, right = left[kept], right[kept]
    keys, person = components(left, right)
    moved = person != keys
    return pyarrow.table({"contact_key": keys[moved], "person_key": person[moved]})


def _uncut(left: Keys, right: Keys, decisions: Iterable[LinkDecision]) -> Flags:
    """Which links nobody cut."""
    low, high = numpy.minimum(left, right), numpy.maximum(left, right)
    kept = numpy.ones(len(left), bool)
    for one in decisions:
        if not one.together:
            kept &= ~((low == one.one) & (high == one.other))
    return kept


def believed(left: Keys, right: Keys, *, clicks: Flags, orders: Flags) -> Flags:
    """Which links are evidence, in the light of whom the clicks of each contact reached.

    Without any click, visitors are or are not one person with somebody who is known. If the visitors that a contact's clicks
    reached are of more than one such person, the contact's address was passed on, or its holder invents visits: none of its
    click links counts, and none of these visitors' orders. Visitors of nobody known count if there are at most `MOST_UNKNOWN`.

    Args:
        left: who clicked, or the visitor who told an order. right: the visitor who landed, or the order's customer.
        clicks: which links are of click ids. orders: which are of orders told.
    """
    kept = numpy.ones(len(left), bool)
    if not clicks.any():
        return kept
    keys, person = components(left[~clicks], right[~clicks])
    clicker, at = numpy.unique(left[clicks], return_inverse=True)
    visitor = right[clicks]
    place = numpy.searchsorted(keys, visitor)
    known = numpy.zeros(len(visitor), bool)
    inside = place < len(keys)
    known[inside] = keys[place[inside]] == visitor[inside]
    whose = person[place[known]]
    several = _several(at[known], whose, len(clicker))
    strangers = numpy.unique(numpy.stack([at[~known], visitor[~known]]), axis=1)[0]
    many = numpy.bincount(strangers, minlength=len(clicker)) > MOST_UNKNOWN
    kept[clicks] = ~several[at] & ~(many[at] & ~known)
    return kept & ~(orders & numpy.isin(left, visitor[several[at]]))


def _phones(con: duckdb.DuckDBPyConnection, keys: Keys) -> Keys:
    """Of some identities, those that are phones."""
    con.register("linked", pyarrow.table({"contact_key": keys}))
    phones = con.execute(
        "SELECT DISTINCT contact_key FROM event_identity SEMI JOIN linked USING (contact_key) WHERE scheme = 'tel'"
    ).fetchnumpy()["contact_key"]
    con.unregister("linked")
    return numpy.asarray(phones, numpy.int64)


def contradicted(left: Keys, right: Keys, *, weak: Flags, phones: Keys) -> Flags:
    """Which links are weak and would make one person of two who have each a phone of their own.

    Clicks, coupons and orders told in visits join a phone with a mail address or a visitor; two phones are one person's only
    if somebody says so of both.

    Args:
        weak: links of such evidence. phones: identities that are phones.
    """
    keys, person = components(left, right)
    persons, at = numpy.unique(_of(phones, keys, person), return_inverse=True)
    doubtful = persons[_several(at, _of(phones, *components(left[~weak], right[~weak])), len(persons))]
    return weak & numpy.isin(_of(left, keys, person), doubtful)


def _of(identities: Keys, keys: Keys, person: Keys) -> Keys:
    """The person of each identity: itself where it stands in no component."""
    if not len(keys):
        return identities
    place = numpy.minimum(numpy.searchsorted(keys, identities), len(keys) - 1)
    return numpy.where(keys[place] == identities, person[place], identities)


def _several(of: numpy.typing.NDArray[numpy.intp], values: Keys, size: int) -> Flags:
    """For each of 0 … size - 1, whether it has more than one distinct value."""
    low = numpy.full(size, numpy.iinfo(numpy.int64).max)
    high = numpy.full(size, numpy.iinfo(numpy.int64).min)
    numpy.minimum.at(low, of, values)
    numpy.maximum.at(high, of, values)
    return low < high


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

"""The generic hook: paths, rows, suggestions, and posts read with the checks that files pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.channels.channel import channel_of
from earnest.channels.generic.masking import masked
from earnest.channels.generic.paths import Every, cell, lists_of, path_of, rows, walk, written
from earnest.channels.generic.plan import HookPlan, options_of, plan_of
from earnest.channels.generic.reading import HookRead, Post, read_generic
from earnest.channels.generic.suggestion import suggest
from earnest.channels.told import Rejected
from earnest.importers.emit import Stamp
from earnest.importers.identities import register_keys
from earnest.kernel.errors import DataRefused, UsageError

NOON_US = 1_790_000_000_000_000
"""2026-09-21T14:13:20Z, in Berlin the 21st."""
DAY = 20_717


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        register_keys(connection, b"k" * 32)
        yield connection


def plan(kind: str, *maps: str, identity: str | None = None, region: str | None = None, **how: Any) -> HookPlan:
    options = options_of(kind, maps, identity=identity, **how)
    return plan_of(options, source="zap", currency="EUR", zone="Europe/Berlin", region=region)


def read(con: duckdb.DuckDBPyConnection, of: HookPlan, *posts: Post) -> HookRead:
    return read_generic(con, posts, of, stamp=Stamp("batch", 7, NOON_US))


def facts(con: duckdb.DuckDBPyConnection, found: HookRead, kind: str, columns: str) -> list[tuple[Any, ...]]:
    selects = [sql for name, sql in found.emissions if name == kind]
    return [row for sql in selects for row in con.execute(f"SELECT {columns} FROM ({sql}) ORDER BY ALL").fetchall()]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("data.customer.phone", ("data", "customer", "phone")),
        ("items[0].sku", ("items", 0, "sku")),
        ("items[*].sku", ("items", Every.ELEMENT, "sku")),
        ("[*].id", (Every.ELEMENT, "id")),
        ('["a.b"].c', ("a.b", "c")),
        ("data[amount]", ("data", "amount")),
    ],
)
def test_a_path_is_read_and_written(text: str, steps: tuple[Any, ...]) -> None:
    assert path_of(text).steps == steps
    assert path_of(written(steps)).steps == steps


@pytest.mark.parametrize("text", ["", ".a", "a..b", "a[", "a]", "a[*", "a[-1]x[", "." * 40])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        path_of(text)
    assert refused.value.code == "bad-path"


def test_elements_become_rows_and_what_stands_outside_repeats() -> None:
    record = {"id": 1, "orders": [{"n": "a", "lines": [{"s": 1}, {"s": 2}]}, {"n": "b", "lines": []}]}
    paths = [path_of(text) for text in ("id", "orders[*].n", "orders[*].lines[*].s")]
    found = list(rows(record, paths, lists_of(paths)))
    assert found == [["1", "a", "1"], ["1", "a", "2"], ["1", "b", None]]


def test_two_lists_side_by_side_are_no_rows() -> None:
    with pytest.raises(UsageError) as refused:
        lists_of([path_of("items[*].sku"), path_of("payments[*].amount")])
    assert refused.value.code == "lists-cross"


def test_a_form_s_field_may_be_called_like_a_path() -> None:
    paths = [path_of("data[amount]"), path_of("customer.phone")]
    assert list(rows({"data[amount]": "1", "customer.phone": "2"}, paths, ())) == [["1", "2"]]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@given(_JSON)
def test_every_path_that_is_found_leads_to_its_value(value: Any) -> None:
    for path, leaf in walk(value):
        read_back = path_of(path)
        lists = lists_of([read_back])
        assert [cell(leaf)] in list(rows(value, [read_back], lists))


def test_an_order_is_read_as_in_a_file(con: duckdb.DuckDBPyConnection) -> None:
    of = plan(
        "orders", "total=data.amount", "tax=data.vat", "ordered_at=data.created", "phone=data.customer.phone",
        identity="data.id", decimal="comma", date_format="%d.%m.%Y %H:%M", timezone="Europe/Berlin", region="DE",
    )  # fmt: skip
    customer = {"phone": "0151 12345678"}
    post = Post(
        5,
        NOON_US + 60,
        {"data": {"id": 17, "amount": "1.234,50", "vat": "34,5", "created": "01.09.2026 10:00", "customer": customer}},
    )
    found = read(con, of, post)
    assert (found.rejects, found.rows) == ([], 1)
    columns = "order_id, net_minor, tax_minor, occurred_us, updated_us, received_us, local_day, source, segment_key"
    assert facts(con, found, "order", columns) == [
        ("17", 120_000, 3_450, 1_788_249_600_000_000, NOON_US + 60, NOON_US + 60, 20_697, "zap", 7)
    ]
    assert len(facts(con, found, "identity", "contact_key")) == 1


def test_a_bad_row_is_refused_with_its_path_and_no_digits(con: duckdb.DuckDBPyConnection) -> None:
    of = plan("orders", "total=data.amount", "ordered_at=@received", "phone=data.phone", identity="data.id")
    posts = [
        Post(3, NOON_US, [{"data": {"id": 1, "amount": "card 4111111111111111"}}, {"other": 1}, 7]),
        Post(4, NOON_US, Rejected("not-json", "")),
        Post(9, NOON_US, {"data": {"id": 2, "amount": 5, "phone": "nobody"}}),
        Post(10, NOON_US, {"data": {"id": 3, "amount": 5}}),
    ]
    found = read(con, of, *posts)
    assert found.rejects == [
        (3, Rejected("not-mapped", "[1]")),
        (3, Rejected("shape-unknown", "[2]")),
        (3, Rejected("not-an-amount", "data.amount", "card •••")),
        (4, Rejected("not-json", "")),
        (9, Rejected("contact-unreadable", "contact")),
    ]
    assert facts(con, found, "order", "order_id") == [("3",)]


def test_posts_give_the_same_rows_however_they_are_cut(con: duckdb.DuckDBPyConnection) -> None:
    of = plan("clicks", "clicked_at=at", "contact=who", "click_class==human")
    posts = [Post(seq, NOON_US + seq, {"at": "2026-09-01T10:00:00Z", "who": "c-1"}) for seq in (4, 5, 9)]
    columns = "event_key, occurred_us, received_us, contact_key, row"
    together = facts(con, read(con, of, *posts), "click", columns)
    apart = [row for post in posts for row in facts(con, read(con, of, post), "click", columns)]
    assert sorted(together) == sorted(apart)
    assert len({row[0] for row in together}) == 3  # without an id two equal posts are two clicks


def test_with_an_id_two_posts_are_one(con: duckdb.DuckDBPyConnection) -> None:
    of = plan("clicks", "clicked_at=at", "contact=who", identity="id")
    posts = [Post(seq, NOON_US + seq, {"id": 1, "at": "2026-09-01T10:00:00Z", "who": "c-1"}) for seq in (4, 5)]
    assert len(set(facts(con, read(con, of, *posts), "click", "event_key"))) == 1


def test_the_lines_of_an_order_that_is_told_twice_are_not_added_up(con: duckdb.DuckDBPyConnection) -> None:
    of = plan("orders", "order_id=id", "sku=lines[*].sku", "line_amount=lines[*].net", "ordered_at=@received")
    body = {"id": "A", "lines": [{"sku": "tea", "net": 1.5}, {"sku": "cup", "net": 2}]}
    found = read(con, of, Post(1, NOON_US, body), Post(2, NOON_US + 1, body), Post(3, NOON_US, body | {"id": "B"}))
    assert facts(con, found, "order", "order_id, net_minor, updated_us") == [
        ("A", 350, NOON_US), ("A", 350, NOON_US + 1), ("B", 350, NOON_US),
    ]  # fmt: skip


def test_one_post_that_gives_an_order_two_amounts_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    of = plan("orders", "order_id=id", "total=total", "ordered_at=@received")
    found = read(con, of, Post(1, NOON_US, [{"id": "A", "total": 1}, {"id": "A", "total": 2}, {"id": "B", "total": 3}]))
    assert [one.reason for _, one in found.rejects] == ["same-id-differs", "same-id-differs"]
    assert found.rows == 1
    corrected = read(con, of, Post(1, NOON_US, {"id": "A", "total": 1}), Post(2, NOON_US + 1, {"id": "A", "total": 2}))
    assert (corrected.rejects, corrected.rows) == ([], 2)


def test_words_of_a_message_hold_no_number_and_no_address(con: duckdb.DuckDBPyConnection) -> None:
    of = plan(
        "messages", "message_id=id", "failed_at=at", "contact=who", "channel=via", "category=sort", "error_code=why"
    )
    body = {
        "id": "m",
        "at": "2026-09-21T14:13:20Z",
        "who": "c1",
        "via": "sms +49 151 1234567",
        "sort": "a@b.example",
        "why": "4915112345678",
    }
    found = read(con, of, Post(1, NOON_US, [body, body | {"id": "n", "via": "call", "sort": "sale", "why": "21610"}]))
    assert facts(con, found, "message", "message_id, error_code") == [("m", "…"), ("n", "21610")]
    assert facts(con, found, "label", "channel, category") == [("call", "sale"), ("sms …", "…")]


def test_messages_get_the_channel_of_the_source(con: duckdb.DuckDBPyConnection) -> None:
    of = plan("messages", "message_id=id", "sent_at=at", "phone=to", channel="call")
    found = read(con, of, Post(1, NOON_US, {"id": "m", "at": 1_790_000_000, "to": "+4915112345678"}))
    assert facts(con, found, "label", "channel") == [("call",)]
    assert facts(con, found, "message", "status, occurred_us, local_day") == [(2, NOON_US, DAY)]


def test_contacts_keep_what_is_mapped_as_attributes(con: duckdb.DuckDBPyConnection) -> None:
    of = plan("contacts", "email=mail", "valid_from=@received", "attribute.plan=plan", "consent=ok")
    found = read(con, of, Post(1, NOON_US, {"mail": "anna@example.org", "plan": "pro", "ok": True, "unread": "x"}))
    assert facts(con, found, "contact", "attribute, value") == [("consent", "in"), ("plan", "pro")]


def test_a_post_may_count_for_itself(con: duckdb.DuckDBPyConnection) -> None:
    of = plan("costs", "amount==0.25", "from=@received", "cost_kind==messaging")
    found = read(con, of, Post(1, NOON_US, {"anything": 1}), Post(2, NOON_US, {}))
    assert facts(con, found, "cost", "amount_micro, cost_kind, occurred_us") == [(250_000, "messaging", NOON_US)] * 2


@pytest.mark.parametrize(
    ("kind", "maps", "identity", "code"),
    [
        ("parcels", ("a=b",), None, "unknown-kind"),
        ("orders", ("total",), None, "bad-map"),
        ("orders", ("total=a..b", "ordered_at=@received"), None, "bad-path"),
        ("orders", ("totals=a", "ordered_at=@received"), None, "unknown-field"),
        ("orders", ("total=a",), None, "missing-column"),
        ("contacts", ("email=a", "valid_from=@received"), "id", "id-without-use"),
        ("orders", ("order_id=a", "total=b", "ordered_at=@received"), "c", "id-without-use"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(
    kind: str, maps: tuple[str, ...], identity: str | None, code: str
) -> None:
    with pytest.raises((UsageError, DataRefused)) as refused:
        plan(kind, *maps, identity=identity)
    assert refused.value.code == code


def test_names_suggest_a_mapping() -> None:
    paths = ["event", "data.id", "data.order.total_price", "data.order.created_at", "data.customer.email", "data.customer.phone",
             "data.items[*].sku", "data.items[*].quantity", "data.currency"]  # fmt: skip
    assert suggest(paths, "orders") == {
        "phone": "data.customer.phone", "email": "data.customer.email", "order_id": "data.id",
        "ordered_at": "data.order.created_at", "total": "data.order.total_price", "currency": "data.currency",
        "sku": "data.items[*].sku", "quantity": "data.items[*].quantity",
    }  # fmt: skip


def test_an_amount_beside_tax_is_suggested_as_the_total() -> None:
    """Else the tax would not be taken off, and count as revenue."""
    paths = ["data.id", "data.amount", "data.vat", "data.created"]
    assert suggest(paths, "orders") == {
        "order_id": "data.id", "ordered_at": "data.created", "total": "data.amount", "tax": "data.vat",
    }  # fmt: skip
    assert suggest(["id", "amount"], "orders")["amount"] == "amount"
    both = suggest(["id", "amount", "total", "shipping"], "orders")
    assert (both["amount"], both["total"], both["shipping"]) == ("amount", "total", "shipping")


def test_the_longest_name_wins_and_a_missing_time_is_that_of_receipt() -> None:
    assert suggest(["order.id", "id", "amount"], "refunds") == {
        "refund_id": "id", "order_id": "order.id", "refunded_at": "@received", "amount": "amount",
    }  # fmt: skip


def test_examples_are_masked() -> None:
    told = {
        "email": "anna@example.org",
        "phone": "+49 151 12345678",
        "customer.name": "Anna Schmidt",
        "total": "59,90",
        "sku": "TEA-1",
    }
    shown = {path: masked(path, value) for path, value in told.items()}
    assert shown == {
        "email": "•••@•••",
        "phone": "••• (13 digits)",
        "customer.name": "••• (12 characters)",
        "total": "59,90",
        "sku": "TEA-1",
    }


def test_without_a_mapping_nothing_is_guessed() -> None:
    assert list(channel_of("generic").parse({"id": 1}, {})) == [Rejected("not-mapped", "")]
    with pytest.raises(UsageError) as refused:
        plan_of({}, source="zap", currency="EUR", zone="UTC", region=None)
    assert refused.value.code == "not-mapped"

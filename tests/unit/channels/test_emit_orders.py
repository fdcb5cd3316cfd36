"""Orders, refunds, visits, attributes, assignments and watermarks told by webhooks become the rows files of rows become."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from earnest.channels.amounts import minor_of, whole_units
from earnest.channels.binding import bind_stage, duplicates, without_contact
from earnest.channels.columns import SORTS, Stage
from earnest.channels.emit import Emitter
from earnest.channels.told import (
    AssignmentTold,
    AttributeTold,
    ClickTold,
    Hints,
    LineTold,
    Notice,
    OptTold,
    OrderTold,
    Party,
    RefundTold,
    Rejected,
    ReplyTold,
    SamePerson,
    SessionTold,
    StatusTold,
    Terms,
    Told,
    WatermarkTold,
)
from earnest.events.keys import contact_key, content_key
from earnest.importers import columnar, mapping, reading
from earnest.importers.emit import Stamp, emissions
from earnest.importers.fields import KINDS
from earnest.importers.identities import register_keys
from earnest.importers.parsing import Reading
from earnest.importers.shape import inspect
from earnest.warehouse import duck

KEY = bytes(range(32))
T_US = 1_790_848_800_000_000
"""2026-10-01T10:00:00Z."""
KIM = Party(dialled="+49 151 12345678", email="kim@Example.org", contact="shopify:52")
Rows = dict[str, list[dict[str, Any]]]


@contextlib.contextmanager
def bound(
    folder: Path, told: list[Any], *, currency: str = "EUR", region: str | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Stage]]:
    stage = Stage(folder, currency=currency, chunk=2)
    with stage:
        for row, one in enumerate(told, start=1):
            stage.add(row, None, one if isinstance(one, list) else [one])
    with contextlib.closing(duck.connect()) as con:
        register_keys(con, KEY)
        bind_stage(con, stage, file_hash="f" * 64, region=region)
        yield con, stage


def rows_of(con: duckdb.DuckDBPyConnection, listed: list[tuple[str, str]]) -> Rows:
    found: Rows = {}
    for kind, sql in listed:
        cursor = con.execute(f"SELECT * FROM ({sql}) ORDER BY row, event_key")
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            kept = {name: value for name, value in zip(names, row, strict=True) if value is not None}
            found.setdefault(kind, []).append(kept)
    return found


def emitted(folder: Path, told: list[Any], *, retells: bool = True, **options: Any) -> Rows:
    """Event kind → its rows, without empty columns and kinds."""
    stamp = Stamp("f" * 64, 99, 1_000)
    emitter = Emitter("shopify", source="shop", zone="Europe/Berlin", stamp=stamp, retells=retells)
    with bound(folder, told, **options) as (con, _):
        return rows_of(con, emitter.emissions())


def refused(folder: Path, told: list[Any], **options: Any) -> list[tuple[Any, ...]]:
    with bound(folder, told, **options) as (con, _):
        return con.execute("SELECT row, reason, field, value FROM told_reject ORDER BY row, reason").fetchall()


def imported(folder: Path, kind: str, text: str, *, region: str | None = None) -> Rows:
    """The rows that a file of rows becomes, imported with `--source shop`."""
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    shape = inspect(path)
    how = Reading("EUR", "Europe/Berlin")
    plan = mapping.detect(
        shape.columns, KINDS[kind], overrides=(), reading=how, source="shop", where=None, region=region
    )
    with contextlib.closing(duck.connect()) as con:
        register_keys(con, KEY)
        reading.load(con, shape, name=path.name)
        columnar.check(con, shape, plan, file_hash="e" * 64)
        return rows_of(con, emissions(plan, Stamp("e" * 64, 98, 2_000)))


def order(**parts: Any) -> OrderTold:
    told = {"order_id": "1001", "occurred_us": T_US, "party": KIM, "currency": "EUR", "updated_us": T_US + 5_000_000}
    return OrderTold(**(told | {"total": "119.00", "tax": "19.00", "shipping": "10.00"} | parts))


def test_every_sort_of_value_can_be_staged() -> None:
    told = Told.__args__  # type: ignore[attr-defined]
    assert SORTS.keys() == {*told, Rejected}


def test_an_order_becomes_the_row_its_file_becomes(tmp_path: Path) -> None:
    """R12: the same order from a file and from a webhook is one order, and equal versions are one event."""
    (told,) = emitted(tmp_path, [order(discount="5.00", coupon="AUTUMN")])["order"]
    head = "order_id,ordered_at,updated_at,total,tax,shipping,discount,coupon,phone,email,contact\n"
    line = "1001,2026-10-01T10:00:00Z,2026-10-01T10:00:05Z,119.00,19.00,10.00,5.00,AUTUMN,+4915112345678,kim@example.org,shopify:52\n"
    (read,) = imported(tmp_path, "orders", head + line)["order"]
    own = ("received_us", "segment_key")
    assert {name: told[name] for name in told if name not in own} == {n: read[n] for n in read if n not in own}
    assert (told["net_minor"], told["tax_minor"], told["order_key"]) == (9_000, 1_900, content_key("order:shop:1001"))
    assert told["cancelled"] is False


def test_a_refund_becomes_the_row_its_file_becomes(tmp_path: Path) -> None:
    (told,) = emitted(tmp_path, [RefundTold("9", "1001", T_US, Party(), "20.00", "EUR")])["refund"]
    (read,) = imported(
        tmp_path, "refunds", "refund_id,order_id,refunded_at,amount\n9,1001,2026-10-01T10:00:00Z,20.00\n"
    )["refund"]
    own = ("received_us", "segment_key")
    assert {name: told[name] for name in told if name not in own} == {n: read[n] for n in read if n not in own}
    assert (told["event_key"], told["refund_minor"]) == (content_key("refund:shop:9"), 2_000)
    assert (told["order_key"], told["conversion_key"]) == (
        content_key("order:shop:1001"),
        content_key("conversion:shop:1001"),
    )


@pytest.mark.parametrize(
    ("told", "kind", "text"),
    [
        (
            order(conversion_kind="lead", party=Party(contact="K-1"), total=None, tax=None, shipping=None, amount="7.50"),
            "conversions", ("conversion_id,conversion_kind,converted_at,updated_at,amount,contact\n"
            "1001,lead,2026-10-01T10:00:00Z,2026-10-01T10:00:05Z,7.50,K-1\n"),
        ),
        (
            SessionTold("s-1", T_US, Party(contact="K-1"), "whatsapp", "message", "autumn", "c-9"),
            "sessions", ("session_id,started_at,utm_source,utm_medium,utm_campaign,click_id,contact\n"
            "s-1,2026-10-01T10:00:00Z,whatsapp,message,autumn,c-9,K-1\n"),
        ),
        (
            AssignmentTold(T_US, Party(contact="K-1"), "autumn", "holdout"),
            "assignments", "experiment,arm,assigned_at,contact\nautumn,holdout,2026-10-01T10:00:00Z,K-1\n",
        ),
        (
            AttributeTold(T_US, Party(contact="K-1"), "city", "Bonn"),
            "contacts", "contact,valid_from,city\nK-1,2026-10-01T10:00:00Z,Bonn\n",
        ),
        (
            AttributeTold(T_US, Party(contact="K-1"), "consent", "out"),
            "contacts", "contact,valid_from,consent\nK-1,2026-10-01T10:00:00Z,no\n",
        ),
    ],
)  # fmt: skip
def test_other_values_become_the_rows_their_files_become(tmp_path: Path, told: Any, kind: str, text: str) -> None:
    event = {"conversions": "conversion", "sessions": "session", "assignments": "assignment", "contacts": "contact"}[
        kind
    ]
    (one,), (other,) = emitted(tmp_path, [told])[event], imported(tmp_path, kind, text)[event]
    own = ("received_us", "segment_key")
    assert {name: one[name] for name in one if name not in own} == {n: other[n] for n in other if n not in own}


def test_lines_stand_with_their_order_and_are_told_once(tmp_path: Path) -> None:
    lines = (LineTold("TEA", "1.5", "12.00"), LineTold("CUP"))
    newer = order(lines=lines, updated_us=T_US + 9_000_000)
    found = emitted(tmp_path, [order(lines=lines), newer])["order_line"]
    assert {row["event_key"] for row in found} == {content_key("line:shop:1001:0"), content_key("line:shop:1001:1")}
    assert [(row["sku"], row.get("quantity_milli"), row.get("line_minor")) for row in found[:2]].count(
        ("TEA", 1_500, 1_200)
    ) == 1
    assert {row["order_key"] for row in found} == {content_key("order:shop:1001")}


@pytest.mark.parametrize(
    ("parts", "net"),
    [
        ({"amount": "90.00"}, 9_000),
        ({}, 9_000),
        ({"tax": None, "shipping": None}, 11_900),
        ({"total": "5.00", "tax": "0", "shipping": "7.00"}, -200),
        ({"total": None, "lines": (LineTold("A", "1", "1.10"), LineTold("B", "2", "2.20"), LineTold("C"))}, 330),
        ({"total": "119.000", "tax": "19.0", "shipping": "10."}, 9_000),
    ],
)
def test_net_revenue(tmp_path: Path, parts: dict[str, Any], net: int) -> None:
    assert emitted(tmp_path, [order(**parts)])["order"][0]["net_minor"] == net


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.34", "EUR", 1_234), ("12.340", "EUR", 1_234), ("12.345", "EUR", None), ("1234", "JPY", 1_234),
        ("1234.00", "JPY", 1_234), ("1234.5", "JPY", None), ("1.234", "KWD", 1_234), ("0", "EUR", 0),
        ("9999999999.99", "EUR", 999_999_999_999), ("10000000000.00", "EUR", None), ("-1", "EUR", None),
        ("1e3", "EUR", None), ("1,5", "EUR", None), ("", "EUR", None), ("٣", "EUR", None), (".5", "EUR", None),
        ("1." + "0" * 39 + "1", "EUR", None), ("0" * 20 + "1", "EUR", 100),
    ],
)  # fmt: skip
def test_money_is_exact_or_refused(text: str, currency: str, minor: int | None) -> None:
    assert minor_of(text, currency) == minor


def test_whole_units_are_those_of_files() -> None:
    assert (whole_units("1.5", 3), whole_units("0.0001", 3), whole_units("999999999.999", 3)) == (
        1_500,
        None,
        999_999_999_999,
    )


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (order(currency="USD"), ("currency-differs", "currency", "USD")),
        (order(currency="XXZ"), ("currency-unknown", "currency", "XXZ")),
        (order(total="119,00"), ("amount-unreadable", "total", "119,00")),
        (order(tax="0.001"), ("amount-unreadable", "tax", "0.001")),
        (order(total="10000000000"), ("amount-unreadable", "total", "•••")),
        (order(total=None, tax=None, shipping=None), ("amount-unreadable", "amount", None)),
        (RefundTold("9", "1", T_US, KIM, "1.00", "USD"), ("currency-differs", "currency", "USD")),
        (RefundTold("9", "1", T_US, KIM, "-1.00", "EUR"), ("amount-unreadable", "amount", "-1.00")),
        (AttributeTold(T_US, Party(), "city", "Bonn"), ("contact-missing", "contact", None)),
        (AttributeTold(T_US, Party(dialled="12"), "city", "Bonn"), ("contact-unreadable", "contact", None)),
        (AssignmentTold(T_US, Party(email="nobody"), "autumn", "a"), ("contact-unreadable", "contact", None)),
        (WatermarkTold(T_US, Party(), 4, T_US), ("contact-missing", "contact", None)),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, one: Any, expected: tuple[Any, ...]) -> None:
    assert refused(tmp_path, [one]) == [(1, *expected)]
    kinds = emitted(tmp_path, [one]).keys()
    assert kinds <= {"identity"}, "and it is in no event"


def test_a_bad_line_is_refused_alone(tmp_path: Path) -> None:
    told = [order(lines=(LineTold("A", "1", "x"), LineTold("B", "many", "1.00"), LineTold("C", "1", "1.00")))]
    assert refused(tmp_path, told) == [
        (1, "amount-unreadable", "lines[0].amount", "x"), (1, "amount-unreadable", "lines[1].quantity", "many"),
    ]  # fmt: skip
    found = emitted(tmp_path, told)
    assert [row["sku"] for row in found["order_line"]] == ["C"]
    assert len(found["order"]) == 1


def test_a_refusal_may_say_where_its_body_is_from(tmp_path: Path) -> None:
    stage = Stage(tmp_path, currency="EUR")
    with stage:
        taken = stage.add(
            1, None, [order(currency="USD"), Rejected("id-missing", "id"), order()],
            located=lambda one: Rejected(one.reason, f"a.json › {one.field}", one.value),
        )  # fmt: skip
    assert taken == 1
    with contextlib.closing(duck.connect()) as con:
        register_keys(con, KEY)
        bind_stage(con, stage, file_hash="f")
        assert con.execute("SELECT field FROM told_reject ORDER BY field").fetchall() == [
            ("a.json › currency",), ("a.json › id",),
        ]  # fmt: skip


def test_a_conversion_worth_nothing_and_a_cancelled_order_need_no_money(tmp_path: Path) -> None:
    bare = {"total": None, "tax": None, "shipping": None, "currency": ""}
    found = emitted(tmp_path, [order(conversion_kind="lead", **bare), order(cancelled=True, **bare)])
    assert "net_minor" not in found["conversion"][0]
    assert found["conversion"][0]["order_key"] == content_key("conversion:shop:1001")
    assert found["order"][0]["cancelled"] is True


def test_identities_told_together_are_linked_as_in_files(tmp_path: Path) -> None:
    tel, mail, own = (
        contact_key(KEY, text) for text in ("tel:+4915112345678", "mailto:kim@example.org", "ext:shopify:52")
    )
    told = emitted(tmp_path, [order(), order(updated_us=T_US + 1)])
    line = "1001,2026-10-01T10:00:00Z,1.00,+49 151 12345678,kim@Example.org,shopify:52\n"
    read = imported(tmp_path, "orders", "order_id,ordered_at,amount,phone,email,contact\n" + line)
    pairs = {(row["contact_key"], row["other_key"], row["event_key"]) for row in told["identity_link"]}
    assert pairs == {(tel, mail, tel ^ mail), (tel, own, tel ^ own)}
    assert pairs == {(row["contact_key"], row["other_key"], row["event_key"]) for row in read["identity_link"]}
    assert len(told["identity_link"]) == 2, "each pair once"
    assert {row["contact_key"] for row in told["identity"]} == {tel, mail, own}


@pytest.mark.parametrize(
    ("party", "identity"),
    [
        (Party("4915112345678", "DE.1", dialled="+44 20 7946 0018"), "tel:+4915112345678"),
        (Party(user_id="DE.1", dialled="+44 20 7946 0018"), "tel:+442079460018"),
        (Party(user_id="DE.1", email="a@b.de"), "bsuid:DE.1"),
        (Party(email=" a@B.de ", contact="K-1"), "mailto:a@b.de"),
        (Party(contact="K-1"), "ext:K-1"),
        (Party(dialled="0151 12345678"), "tel:+4915112345678"),
        (Party(dialled="12", email="nobody", contact=" "), None),
    ],
)
def test_the_contact_is_the_first_identity_that_can_be_read(tmp_path: Path, party: Party, identity: str | None) -> None:
    (row,) = emitted(tmp_path, [ReplyTold("r", T_US, party, "text")], region="DE")["reply"]
    assert row.get("contact_key") == (contact_key(KEY, identity) if identity else None)


def test_a_national_number_stays_unread_without_a_region(tmp_path: Path) -> None:
    (row,) = emitted(tmp_path, [order(party=Party(dialled="0151 12345678"))])["order"]
    assert "contact_key" not in row


def test_replies_and_attributes_link_their_identities_too(tmp_path: Path) -> None:
    party = Party("4915112345678", email="kim@example.org")
    for number, one in enumerate((ReplyTold("r", T_US, party, "text"), AttributeTold(T_US, party, "city", "Bonn"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        (link,) = emitted(folder, [one])["identity_link"]
        assert (link["occurred_us"], link["received_us"]) == (T_US, 1_000)


def test_two_parties_may_be_one_by_any_of_their_names(tmp_path: Path) -> None:
    same = SamePerson(T_US, Party(contact="stripe:cus_1"), Party(email="kim@example.org", contact="K-52"))
    mail, stripe, own = (contact_key(KEY, text) for text in ("mailto:kim@example.org", "ext:stripe:cus_1", "ext:K-52"))
    found = emitted(tmp_path, [same])["identity_link"]
    assert {(row["contact_key"], row["other_key"]) for row in found} == {(stripe, mail), (mail, own)}


def test_a_watermark_is_about_a_contact(tmp_path: Path) -> None:
    party = Party(contact="messenger:24001")
    (row,) = emitted(tmp_path, [WatermarkTold(T_US, party, 4, T_US - 1)])["watermark"]
    assert (row["status"], row["until_us"], row["contact_key"]) == (
        4,
        T_US - 1,
        contact_key(KEY, "ext:messenger:24001"),
    )


def test_hints_make_the_label(tmp_path: Path) -> None:
    hints = Hints("sms", "autumn", "autumn_1", "tag", "utility")
    told = [
        StatusTold("SM1", 3, T_US, KIM, Terms(category="marketing"), hints=hints),
        StatusTold("SM2", 3, T_US, KIM, Terms(category="marketing"), hints=Hints()),
        StatusTold("SM3", 3, T_US, KIM, Terms()),
    ]
    found = emitted(tmp_path, told)
    names = ("channel", "campaign", "template", "tag", "category")
    assert {tuple(row.get(name) for name in names) for row in found["label"]} == {
        ("sms", "autumn", "autumn_1", "tag", "utility"),
        ("shopify", None, None, None, "marketing"),
        ("shopify", None, None, None, None),
    }
    assert {row["label_key"] for row in found["message"]} == {row["label_key"] for row in found["label"]}
    assert {row["recipient_zone"] for row in found["message"]} == {49}, "a dialled phone has a zone too"


def test_a_message_id_of_whatsapp_is_whatsapps_whoever_tells_it(tmp_path: Path) -> None:
    told = [StatusTold("wamid.A", 3, T_US, KIM, Terms()), StatusTold("SM1", 3, T_US, KIM, Terms())]
    answers = [ReplyTold("r", T_US, KIM, "text", "wamid.A"), ClickTold(T_US, KIM, message_id="SM1", click_class="bot")]
    found = emitted(tmp_path, [*told, *answers])
    known = {content_key("message:whatsapp:wamid.A"), content_key("message:shopify:SM1")}
    assert {row["message_key"] for row in found["message"]} == known
    assert {found["reply"][0]["message_key"], found["click"][0]["message_key"]} == known
    assert found["click"][0]["click_class"] == "bot"


def test_equal_tellings_without_an_id_are_one_where_the_channel_retells(tmp_path: Path) -> None:
    told = [ClickTold(T_US, KIM, token="t"), OptTold(T_US, KIM, "out", "button"), Notice("a", None, None, None, "{}")]
    twice = [*told, *told, [told[0], told[0]]]
    for retells, number in ((True, 1), (False, 4)):
        folder = tmp_path / str(retells)
        folder.mkdir()
        found = emitted(folder, twice, retells=retells)
        assert len({row["event_key"] for row in found["click"]}) == number
        assert len({row["event_key"] for row in found["opt"]}) == (1 if retells else 2)
        assert len({row["event_key"] for row in found["notice"]}) == (1 if retells else 2)


def test_clicks_of_two_messages_are_two(tmp_path: Path) -> None:
    found = emitted(tmp_path, [ClickTold(T_US, Party(), message_id=one) for one in ("A", "B", None)])
    assert len({row["event_key"] for row in found["click"]}) == 3


def test_no_event_row_holds_an_identity(tmp_path: Path) -> None:
    told = [
        order(),
        SessionTold("s", T_US, KIM),
        AttributeTold(T_US, KIM, "city", "Bonn"),
        ReplyTold("r", T_US, KIM, "text"),
    ]
    text = str(emitted(tmp_path, told))
    assert not any(one in text for one in ("15112345678", "kim@", "Example.org", "shopify:52"))


def test_counts_of_nobody_and_of_what_is_told_twice(tmp_path: Path) -> None:
    nobody = order(party=Party(email="nobody"))
    told = [order(), order(), order(amount="1.00"), nobody, RefundTold("9", "1", T_US, KIM, "1", "EUR")]
    with bound(tmp_path, [*told, told[-1]]) as (con, stage):
        assert without_contact(con, stage, "order") == 1
        assert without_contact(con, stage, "session") == 0
        assert duplicates(con) == 3, "one order told twice, another contact aside, and one refund"

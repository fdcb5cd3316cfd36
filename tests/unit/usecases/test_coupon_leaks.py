"""Leaked codes are found, and nothing else is called a leak: worlds written by hand, of which everybody can count the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.campaign import Campaign
from earnest.definitions.coupon import Coupon
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.usecases.contact_show import show_contact
from earnest.usecases.coupon_codes import import_codes
from earnest.usecases.coupon_leaks import leaks
from earnest.usecases.coupon_show import CouponFigures, show_coupon
from earnest.usecases.coupons import add_coupon
from earnest.usecases.declare import add_campaign
from earnest.usecases.rebuild import differing
from earnest.usecases.tables import build
from earnest.usecases.workspace import Workspace

Import = Callable[..., Any]
Order = Sequence[object]
"""Who ordered, the coupon field, and, if given, amount, day of September and status."""


def phone(number: int) -> str:
    return f"+4915110{number:06}"


def mail(number: int) -> str:
    return f"p{number}@shop.example"


@pytest.fixture
def shop(workspace: Workspace, imported: Import) -> Shop:
    return Shop(workspace, imported)


class Shop:
    """A workspace with campaign `spring`; people are numbers."""

    def __init__(self, workspace: Workspace, imported: Import) -> None:
        self.workspace, self.imported = workspace, imported
        self.orders = 0
        add_campaign(workspace, Campaign("spring", "Spring"))

    def sends(self, people: Iterable[int], *, undelivered: Iterable[int] = (), campaign: str = "spring") -> None:
        lost = set(undelivered)
        lines = [
            f"m{campaign}{n},{phone(n)},{campaign},2026-09-01T10:00:00Z,{'' if n in lost else '2026-09-01T10:00:05Z'}"
            for n in people
        ]
        self.imported("messages", "message_id,phone,campaign,sent_at,delivered_at", *lines)

    def sells(self, *orders: Order, by: Callable[[int], str] = phone, column: str = "phone") -> None:
        lines = []
        for who, coupon, *rest in orders:
            self.orders += 1
            amount, day, status = [*rest, *("20.00", 5, "paid")[len(rest) :]]
            identity = by(who) if isinstance(who, int) else ""
            lines.append(
                f'o{self.orders},2026-09-{day:02}T{self.orders % 24:02}:00:00Z,{identity},{amount},"{coupon}",{status}'
            )
        self.imported("orders", f"order_id,ordered_at,{column},amount,coupon,status", *lines)

    def shows(self, name: str = "spring20") -> CouponFigures:
        return show_coupon(self.workspace, name)


def codes_of(figures: CouponFigures) -> list[str]:
    return [one.code for one in figures.findings]


def shared(shop: Shop, **changed: Any) -> None:
    add_coupon(
        shop.workspace,
        Coupon(**({"id": "spring20", "kind": "shared", "campaign": "spring", "code": "SPRING20"} | changed)),
    )


def test_a_clean_world_has_no_leak(shop: Shop) -> None:
    shared(shop)
    shop.sends(range(100), undelivered=range(90, 100))
    shop.sells(*((n, "SPRING20") for n in range(30)), *((n, "") for n in range(200, 240)))
    figures = shop.shows()
    assert (figures.audience, figures.delivered, figures.redemptions.counted) == (100, 90, 30)
    assert (figures.redemptions.inside, figures.redemptions.outside, figures.redemptions.unknown) == (30, 0, 0)
    assert figures.findings == ()
    rate = figures.redemption_rate
    assert isinstance(rate, Estimate)
    assert rate.value == pytest.approx(30 / 90)
    assert str(figures.redemptions.net.decimal) == "600.00"


def test_a_seeded_leak_is_found_with_the_people_it_went_to(shop: Shop) -> None:
    shared(shop)
    shop.sends(range(100))
    shop.sells(
        *((n, "SPRING20", "20.00", 4) for n in range(20)), *((n, "SPRING20", "20.00", 6) for n in range(500, 512))
    )
    figures = shop.shows()
    share = figures.outside_share
    assert isinstance(share, Estimate)
    assert (share.value, share.n) == (12 / 32, 32)
    assert share.low == pytest.approx(
        0.2293, abs=5e-5
    )  # Wilson, by hand: (0.375 + 1.9208/32 - 1.96 √…) / (1 + 3.8415/32)
    assert codes_of(figures) == ["coupon-leaked", "coupon-deal-site"]
    (found,) = leaks(shop.workspace, "spring20", limit=5)
    assert [one.shown for one in found.orders] == ["+49 ••• 03", "+49 ••• 04", "+49 ••• 05", "+49 ••• 06", "+49 ••• 07"]
    assert all(one.first_ever and not one.owned for one in found.orders)
    assert "15110000" not in json.dumps(found.to_json())


@pytest.mark.parametrize(
    ("inside", "outside", "found"), [(0, 4, False), (0, 5, True), (45, 5, False), (10, 5, True), (100, 11, False)]
)
def test_few_people_or_a_small_share_are_no_leak(shop: Shop, inside: int, outside: int, found: bool) -> None:
    """Lower bounds by hand: 5 of 50 is 4.3 %, 5 of 15 is 15.2 %, 11 of 111 is 5.6 %; 4 people are a circle of friends."""
    shared(shop)
    shop.sends(range(200))
    shop.sells(*((n, "SPRING20") for n in range(inside)), *((n, "SPRING20") for n in range(900, 900 + outside)))
    assert ("coupon-leaked" in codes_of(shop.shows())) is found


def test_one_person_who_orders_often_is_one(shop: Shop) -> None:
    shared(shop)
    shop.sends(range(50))
    shop.sells((1, "SPRING20"), *((900, "SPRING20") for _ in range(20)))
    figures = shop.shows()
    assert (figures.redemptions.orders["outside"], figures.redemptions.outside) == (20, 1)
    assert figures.findings == ()


def test_orders_without_a_contact_are_never_a_leak(shop: Shop) -> None:
    shared(shop)
    shop.sends(range(100))
    shop.sells(*((n, "SPRING20") for n in range(10)), *(("nobody", "SPRING20") for _ in range(60)))
    figures = shop.shows()
    assert figures.redemptions.orders["no-contact"] == 60
    assert (figures.redemptions.outside, figures.findings) == (0, ())


def test_people_known_by_another_kind_of_identity_are_never_a_leak(shop: Shop) -> None:
    """Messages go to phones, the shop knows mail addresses: whoever redeems may well be of the audience."""
    shared(shop)
    shop.sends(range(100))
    shop.sells(*((n, "SPRING20") for n in range(40)), by=mail, column="email")
    figures = shop.shows()
    assert figures.redemptions.orders["other-id"] == 40
    assert isinstance(figures.outside_share, Unavailable)
    assert (figures.outside_share.code, figures.findings) == ("identities-differ", ())


def test_customer_numbers_of_two_systems_are_not_compared(shop: Shop) -> None:
    """The sender's 1 to 100 and the shop's A1 to A40: nobody of the audience has ever been seen to order."""
    shared(shop)
    lines = [f"m{n},{n},spring,2026-09-01T10:00:00Z,2026-09-01T10:00:05Z" for n in range(1, 101)]
    shop.imported("messages", "message_id,customer_id,campaign,sent_at,delivered_at", *lines)
    shop.sells(*((n, "SPRING20") for n in range(1, 41)), by=lambda n: f"A{n}", column="customer_id")
    assert shop.shows().redemptions.orders["other-id"] == 40
    shop.sells((7, "SPRING20"), by=str, column="customer_id")
    figures = shop.shows()
    assert (figures.redemptions.inside, figures.redemptions.outside) == (1, 40), "one number met: it is one system"


def test_merged_identities_are_one_person_and_a_later_merge_takes_the_leak_back(shop: Shop) -> None:
    shared(shop)
    shop.sends(range(100))
    pairs = [f"{phone(n)},{mail(n)},2026-09-02" for n in range(100)]
    shop.imported("contacts", "phone,email,valid_from", *pairs)
    shop.sells(*((n, "SPRING20") for n in (*range(20), *range(500, 510))), by=mail, column="email")
    figures = shop.shows()
    assert (figures.redemptions.inside, figures.redemptions.outside) == (20, 10)
    assert "coupon-leaked" in codes_of(figures)
    second = [f"{phone(n)},{mail(410 + n)},2026-09-03" for n in range(90, 100)]
    shop.imported("contacts", "phone,email,valid_from", *second)
    figures = shop.shows()
    assert (figures.redemptions.inside, figures.redemptions.outside, figures.findings) == (30, 0, ())


def test_without_an_audience_there_is_no_verdict(shop: Shop) -> None:
    add_campaign(shop.workspace, Campaign("autumn", "Autumn"))
    shared(shop, campaign=None)
    shared(shop, id="autumn10", campaign="autumn", code="AUTUMN10")
    shop.sells(*((n, "SPRING20 AUTUMN10") for n in range(30)))
    for name, reason in (("spring20", "no campaign"), ("autumn10", "nothing was sent")):
        figures = shop.shows(name)
        assert isinstance(figures.outside_share, Unavailable)
        assert figures.outside_share.code == "audience-unknown"
        assert reason in figures.outside_share.reason
        assert (figures.redemptions.orders["no-audience"], figures.findings) == (30, ())
        assert isinstance(figures.redemption_rate, Unavailable)


def test_codes_are_read_whatever_their_case_and_however_many_stand_in_the_field(shop: Shop) -> None:
    shared(shop)
    shared(shop, id="vip", code="vip-5")
    shop.sends(range(50))
    shop.sells(
        (1, "spring20"),
        (2, " Spring20 "),
        (3, "VIP-5,SPRING20"),
        (4, "spring20;x"),
        (5, "A SPRING20\tb"),
        (6, "SPRING200"),
    )
    assert shop.shows().redemptions.counted == 5
    assert shop.shows("vip").redemptions.counted == 1


def test_only_the_version_in_force_counts_and_cancelled_orders_stand_apart(shop: Shop) -> None:
    shared(shop)
    shop.sends(range(10))
    columns = "order_id,ordered_at,updated_at,phone,amount,coupon,status,discount"
    shop.imported(
        "orders", columns,
        f"a,2026-09-05T10:00:00Z,2026-09-05T10:00:00Z,{phone(1)},30.00,SPRING20,paid,6.00",
        f"a,2026-09-05T10:00:00Z,2026-09-05T11:00:00Z,{phone(1)},30.00,,paid,0.00",
        f"b,2026-09-05T10:00:00Z,2026-09-05T10:00:00Z,{phone(2)},40.00,,paid,0.00",
        f"b,2026-09-05T10:00:00Z,2026-09-06T10:00:00Z,{phone(2)},35.00,spring20,paid,5.00",
        f"c,2026-09-05T10:00:00Z,2026-09-06T10:00:00Z,{phone(3)},99.00,SPRING20,cancelled,9.00",
    )  # fmt: skip
    shop.imported("refunds", "refund_id,order_id,refunded_at,amount", "r1,b,2026-09-07T10:00:00Z,10.00")
    told = shop.shows().redemptions
    assert (told.counted, told.orders["cancelled"]) == (1, 1)
    assert (str(told.net.decimal), str(told.discount.decimal)) == ("25.00", "5.00")
    assert differing(shop.workspace, build(shop.workspace)) == ()


def test_orders_outside_the_validity_are_told(shop: Shop) -> None:
    shared(shop, valid_from=date(2026, 9, 5), valid_until=date(2026, 9, 7))
    shop.sends(range(10))
    shop.sells(*((n, "SPRING20", "20.00", day) for n, day in enumerate((4, 5, 6, 7))))
    figures = shop.shows()
    assert figures.redemptions.out_of_time == 2
    assert codes_of(figures) == ["coupon-out-of-time"]


def personal(shop: Shop, tmp_path: Path, people: Iterable[int]) -> None:
    add_coupon(shop.workspace, Coupon("mine", "unique", "spring"))
    path = tmp_path / "codes.csv"
    path.write_text("code,phone\n" + "".join(f"MINE-{n},{phone(n)}\n" for n in people))
    import_codes(shop.workspace, "mine", path)


def test_a_recipients_code_that_goes_round_is_told_and_one_that_does_not_is_not(shop: Shop, tmp_path: Path) -> None:
    personal(shop, tmp_path, range(20))
    shop.sends(range(50))
    shop.sells(
        *((n, f"mine-{n}") for n in range(10)),
        (30, "MINE-15"),
        (31, "MINE-15"),
        (32, "MINE-15"),
        (33, "MINE-16"),
        (34, "MINE-16"),
    )
    figures = shop.shows("mine")
    assert (figures.codes, figures.given) == (20, 20)
    assert (figures.redemptions.inside, figures.redemptions.outside, figures.redemptions.codes) == (10, 5, 12)
    found = {one.code: one for one in figures.findings}
    assert set(found) == {"coupon-leaked", "coupon-shared-code"}  # 5 of 15: at least 15.2 %
    assert (found["coupon-shared-code"].rows, found["coupon-shared-code"].facts["most"]) == (2, 3)
    assert all(one.owned for one in leaks(shop.workspace, "mine")[0].orders)


def test_a_recipients_code_used_by_one_other_identity_makes_them_one_person(shop: Shop, tmp_path: Path) -> None:
    personal(shop, tmp_path, range(5))
    shop.sends(range(5))
    shop.sells((3, "x, MINE-3"), by=mail, column="email")
    assert show_contact(shop.workspace, mail(3)).key == show_contact(shop.workspace, phone(3)).key
    figures = shop.shows("mine")
    assert (figures.redemptions.inside, figures.findings) == (1, ())
    assert differing(shop.workspace, build(shop.workspace)) == ()


def test_a_code_that_everybody_has_is_evidence_of_nothing(shop: Shop) -> None:
    shared(shop)
    shop.sends([1])
    shop.sells((1, "SPRING20"))
    shop.sells((2, "SPRING20"), by=mail, column="email")
    assert show_contact(shop.workspace, mail(2)).key != show_contact(shop.workspace, phone(1)).key

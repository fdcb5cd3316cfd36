"""What suites would claim of one order set, window by window, and how often the same order is claimed: worked out on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from earnest.attribution.presets import find_preset, presets, read_preset
from earnest.definitions.campaign import Campaign
from earnest.definitions.coupon import Coupon
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.period import DAY_US, HOUR_US
from earnest.usecases.attribution_claims import Claims, claim_by_presets
from earnest.usecases.attribution_overlap import attribution_overlap, overlap_of
from earnest.usecases.attribution_sensitivity import window_sensitivity
from earnest.usecases.coupons import add_coupon
from earnest.usecases.declare import add_campaign
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace

from .attribution_shop import NET, filled, phone

Import = Callable[..., Any]
MESSAGES = "message_id,phone,campaign,channel,sent_at,delivered_at,read_at,clicked_at"


@pytest.fixture
def shop(workspace: Workspace, imported: Import) -> Workspace:
    filled(imported)
    return workspace


def told(found: Claims) -> dict[str, tuple[int, int]]:
    return {one.name: (one.claimed.minor, one.orders) for one in found.claims}


def items(found: Claims) -> list[tuple[str, str, int, int]]:
    (difference,) = found.differences
    return [(one.side, one.reason, one.orders, one.revenue.minor) for one in difference.items]


def test_two_vendors_windows_on_one_order_set_and_the_difference_itemised(shop: Workspace) -> None:
    """kpis.md §5.1 (6). Klaviyo counts the mere delivery of o4 and o6, Omnisend a click six days old on o5."""
    found = claim_by_presets(shop, ["klaviyo-2024", "omnisend"])
    assert told(found) == {
        "klaviyo-2024": (10_000 + 9_001 + 4_000 + 5_000 - 1_500, 5),
        "omnisend": (10_000 + 9_001 + 4_000 + 7_000, 4),
    }
    assert items(found) == [("one", "kind", 2, 5_000 - 1_500), ("other", "window", 1, 7_000)]
    assert found.differences[0].difference.minor == 3_500 - 7_000
    assert all(one.claimed.minor <= found.net_revenue.minor == NET for one in found.claims)


def test_every_preset_by_hand(shop: Workspace) -> None:
    expected = {
        "own": 21_501,
        "alpine-iq": NET,  # any message within 14 days
        "autopilot": 26_501,  # 6 days from the sending: o5's was sent 6 days and 2 hours before
        "braze": 19_001,  # clicks within 3 days
        "charles": 0,  # WhatsApp alone
        "dub": 26_001,  # clicks within 90 days: o1, o2, o5
        "emotive": 22_501,  # SMS: o1, o2, o4, o6
        "instasent": 22_501,
        "klaviyo-2024": 26_501,
        "klaviyo-before-2024-10": 23_001,  # o1, o2, o3
        "omnisend": 30_001,
        "sender": 26_501,
        "waxio": 0,
    }
    found = claim_by_presets(shop)
    assert {one.name: one.claimed.minor for one in found.claims} == expected
    for difference in found.differences:
        sums = {
            side: sum(one.revenue.minor for one in difference.items if one.side == side) for side in ("one", "other")
        }
        assert sums["one"] - sums["other"] == difference.difference.minor


def test_an_order_that_both_claim_for_other_campaigns_is_moved(workspace: Workspace, imported: Import) -> None:
    imported(
        "messages", MESSAGES,
        f"e1,{phone(1)},letter,email,2026-09-01T10:00:00Z,2026-09-01T10:00:05Z,,2026-09-01T11:00:00Z",
        f"s1,{phone(1)},text,sms,2026-09-02T10:00:00Z,2026-09-02T10:00:05Z,,",
    )  # fmt: skip
    imported("orders", "order_id,phone,ordered_at,amount", f"o1,{phone(1)},2026-09-02T11:00:00Z,40.00")
    found = claim_by_presets(workspace, ["klaviyo-2024", "braze"])
    assert [[(c.campaign, c.revenue.minor) for c in one.campaigns] for one in found.claims] == [
        [("text", 4_000)],
        [("letter", 4_000)],
    ]
    assert items(found) == [("moved", "kind", 1, 4_000)]


def test_a_suite_that_knows_coupons_claims_by_them_and_one_that_counts_first_orders_stops(
    workspace: Workspace, imported: Import
) -> None:
    add_campaign(workspace, Campaign("text", "Text"))
    add_coupon(workspace, Coupon("text15", "shared", campaign="text", code="TEXT15"))
    imported(
        "messages", MESSAGES, f"s1,{phone(1)},text,sms,2026-09-01T10:00:00Z,2026-09-01T10:00:05Z,,2026-09-01T11:00:00Z"
    )
    imported(
        "orders", "order_id,phone,ordered_at,amount,coupon",
        f"o1,{phone(1)},2026-09-01T12:00:00Z,40.00,",
        f"o2,{phone(1)},2026-09-01T13:00:00Z,30.00,",
        f"o3,{phone(9)},2026-09-20T12:00:00Z,20.00,text15",  # a leaked code: the suite sees the code alone
        f"o4,{phone(9)},2026-11-20T12:00:00Z,10.00,text15",  # more than 30 days
    )  # fmt: skip
    found = claim_by_presets(workspace, ["emotive", "alpine-iq"])
    assert told(found) == {"emotive": (4_000 + 3_000 + 2_000, 3), "alpine-iq": (4_000, 1)}
    assert items(found) == [("one", "first-order", 1, 3_000), ("one", "coupon", 1, 2_000)]


def test_a_coupon_may_count_only_for_people_who_were_never_messaged(workspace: Workspace, imported: Import) -> None:
    add_campaign(workspace, Campaign("text", "Text"))
    add_coupon(workspace, Coupon("text15", "shared", campaign="text", code="TEXT15"))
    imported("messages", MESSAGES, f"w1,{phone(1)},text,whatsapp,2026-09-01T10:00:00Z,2026-09-01T10:00:05Z,,")
    imported(
        "orders", "order_id,phone,ordered_at,amount,coupon",
        f"o1,{phone(9)},2026-09-02T12:00:00Z,20.00,text15",
        f"o2,{phone(1)},2026-09-03T12:00:00Z,30.00,text15",  # somebody who was messaged, and did not read it
    )  # fmt: skip
    assert told(claim_by_presets(workspace, ["charles"])) == {"charles": (2_000, 1)}


def test_machines_clicks_count_only_where_a_suite_counts_them(workspace: Workspace, imported: Import) -> None:
    imported("messages", MESSAGES, f"e1,{phone(1)},letter,email,2026-09-01T10:00:00Z,2026-09-01T10:00:05Z,,")
    imported("clicks", "click_id,message_id,clicked_at,click_class", "c1,e1,2026-09-01T10:01:00Z,bot")
    imported("orders", "order_id,phone,ordered_at,amount", f"o1,{phone(1)},2026-09-03T12:00:00Z,40.00")
    found = claim_by_presets(workspace, ["klaviyo-2024", "sender"])
    assert told(found) == {"klaviyo-2024": (4_000, 1), "sender": (0, 0)}
    assert items(found) == [("one", "machine", 1, 4_000)]


def test_the_own_rule_is_the_one_that_is_stored(shop: Workspace) -> None:
    (claim,) = claim_by_presets(shop, ["own"]).claims
    with open_tables(shop) as tables:
        stored = tables.con.execute(
            "SELECT l.campaign, CAST(sum(credit_minor) AS BIGINT) FROM credit AS c JOIN label_campaign AS l ON c.label_key = l.label_key"
            " WHERE model = 'last_touch' GROUP BY ALL"
        ).fetchall()
    assert {one.campaign: one.revenue.minor for one in claim.campaigns} == dict(stored)


def test_claims_grow_with_the_window_and_with_weaker_touches(shop: Workspace) -> None:
    found = window_sensitivity(shop)
    told = {(one.kind, one.window_us): (one.claimed.minor, one.orders) for one in found.cells}
    assert len(told) == 5 * 7
    assert told["click", HOUR_US] == (10_000, 1)
    assert told["click", 12 * HOUR_US] == told["click", 5 * DAY_US] == (19_001, 2)
    assert told["click", 7 * DAY_US] == (26_001, 3)
    assert told["reply", HOUR_US] == (-1_500, 1), "an hour to the microsecond still counts"
    assert (told["read", HOUR_US], told["read", 12 * HOUR_US]) == ((0, 0), (4_000, 1))
    assert told["delivered", 12 * HOUR_US] == (26_501, 5)
    assert told["any", 30 * DAY_US] == (NET, 6)
    assert found.lookback == {"read": "12 h", "click": "5 d", "reply": "5 d"}
    one = window_sensitivity(shop, model="first_touch", campaign="spring")
    assert one.cell("click", 5 * DAY_US).claimed.minor == 19_001
    with pytest.raises(UsageError, match="goes by campaign"):
        window_sensitivity(shop, model="linear_unique")


def test_tools_that_do_not_know_of_each_other_claim_more_than_there_is(shop: Workspace) -> None:
    found = attribution_overlap(shop)
    assert {one.channel: (one.claimed.minor, one.orders) for one in found.tools} == {
        "email": (23_001, 3),
        "sms": (17_501, 3),
    }
    assert isinstance(found.ratio, Estimate)
    assert found.ratio.value == pytest.approx(40_502 / NET)
    assert found.ratio.value > 1
    assert (found.once.minor, found.twice.minor, found.shared_count) == (21_501, 19_001, 2)
    rows = {
        one.order: (one.claimed.minor, [(each.tool, each.campaign) for each in one.claimants]) for one in found.shared
    }
    assert rows == {
        "o1": (20_000, [("email", "spring"), ("sms", "flash")]),
        "o2": (18_002, [("email", "vip"), ("sms", "flash")]),
    }
    assert len(attribution_overlap(shop, limit=1).shared) == 1


def test_each_channel_may_have_its_own_suite(shop: Workspace) -> None:
    found = attribution_overlap(shop, {"sms": "klaviyo-2024"})
    assert {one.channel: one.claimed.minor for one in found.tools} == {
        "email": 23_001,
        "sms": 10_000 + 9_001 + 5_000 - 1_500,
    }
    with pytest.raises(UsageError, match="publishes no windows for sms"):
        attribution_overlap(shop, {"sms": "waxio"})
    with pytest.raises(UsageError, match="did you mean 'sms'"):
        attribution_overlap(shop, {"smss": "sender"})


def test_over_open_tables_it_is_that_of_their_instant(shop: Workspace, imported: Import) -> None:
    before = shop.clock()
    whole = attribution_overlap(shop)
    imported("orders", "order_id,phone,ordered_at,amount", f"o9,{phone(9)},2026-09-16T12:00:00Z,500.00")
    with open_tables(shop, as_of_us=before) as tables:
        assert overlap_of(tables, shop) == whole
    with open_tables(shop) as tables:
        now = overlap_of(tables, shop, {"sms": "klaviyo-2024"}, period="2026-09", limit=0)
    assert now == attribution_overlap(shop, {"sms": "klaviyo-2024"}, period="2026-09", limit=0)
    assert now.net_revenue.minor == NET + 50_000


def test_without_revenue_there_is_no_overlap(workspace: Workspace) -> None:
    assert isinstance(attribution_overlap(workspace).ratio, Unavailable)


def test_presets_say_whose_they_are_and_what_they_leave_out() -> None:
    for preset in presets().values():
        assert preset.sources
        assert all(source.startswith("https://") for source in preset.sources)
        assert preset.vendor in preset.credit
        assert "not affiliated" in preset.credit
        assert preset.model in {"first_touch", "last_touch", "linear"}
        assert preset.reproducible or preset.differs
    assert find_preset("klaviyo-2024").window("whatsapp", "read") == 12 * HOUR_US
    assert find_preset("klaviyo-2024").window("whatsapp", "click") == 5 * DAY_US
    assert find_preset("klaviyo-2024").window("telegram", "click") is None
    assert find_preset("braze").window("telegram", "click") == 3 * DAY_US
    assert not find_preset("dub").without_click
    assert find_preset("instasent").without_click
    with pytest.raises(UsageError, match="did you mean 'klaviyo-2024'"):
        find_preset("klaviyo2024")


@pytest.mark.parametrize(
    "text",
    [
        'starts = "touch"\nmachines = "perhaps"',
        'starts = "then"\nmachines = "counted"',
        'starts = "touch"\nmachines = "counted"\n[windows.sms]\nlook = "5 d"',
        'starts = "touch"\nmachines = "counted"\n[windows.sms]\nclick = "5 days"',
    ],
)
def test_a_preset_that_is_not_understood_is_refused(text: str) -> None:
    head = 'vendor = "X"\nsince = ""\nmodel = "last_touch"\nsources = []\nread_on = 2026-01-01\ndiffers = []\n'
    with pytest.raises(UsageError, match="preset x"):
        read_preset("x", head + text)


def test_a_preset_without_windows_claims_nothing_and_says_why(shop: Workspace) -> None:
    with pytest.raises(UsageError, match="no default to reproduce"):
        claim_by_presets(shop, ["posthog"])

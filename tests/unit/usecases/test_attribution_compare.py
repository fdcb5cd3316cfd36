"""Models side by side over a shop worked out on paper: what each claims, that nothing is lost, and the rows behind it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import journey_model
from earnest.attribution.journeys.paths import of_paths
from earnest.definitions.campaign import Campaign
from earnest.definitions.coupon import Coupon
from earnest.kernel.errors import NotFound, UsageError
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.usecases.attribution_compare import Comparison, ModelClaims, compare_attribution
from earnest.usecases.attribution_explain import explain_claim
from earnest.usecases.attribution_models import PATHS as PATH_MODELS
from earnest.usecases.attribution_models import models
from earnest.usecases.cost_ledger import add_cost
from earnest.usecases.coupon_codes import import_codes
from earnest.usecases.coupons import add_coupon
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.import_files import import_files
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace, init

from .attribution_shop import NET, PATHS, filled, phone
from .conftest import Clock, utc

Import = Callable[..., Any]


@pytest.fixture(scope="module")
def filled_shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The shop with its tables, made once; each test has a copy."""
    folder = tmp_path_factory.mktemp("filled")
    made = init(folder / "w", currency="EUR", timezone="Europe/Berlin", clock=Clock(utc("2026-10-01T12:00")))

    def imported(kind: str, *lines: str) -> None:
        path = folder / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n")
        import_files(made, [path], kind)

    filled(imported)
    add_campaign(made, Campaign("vip", "VIP"))
    add_coupon(made, Coupon("vip10", "unique", campaign="vip"))
    codes = folder / "codes.csv"
    codes.write_text(f"code,phone\nvip-p2,{phone(2)}\nvip-p9,{phone(9)}\n")
    import_codes(made, "vip10", codes)
    build(made)
    return made


@pytest.fixture
def workspace(filled_shop: Workspace, tmp_path: Path, clock: Clock) -> Workspace:
    clock.us = max(clock.us, filled_shop.clock())
    return replace(filled_shop, path=Path(shutil.copytree(filled_shop.path, tmp_path / "w")), clock=clock)


@pytest.fixture
def shop(workspace: Workspace) -> Workspace:
    return workspace


def minor(told: ModelClaims) -> dict[str, int]:
    return {claim.unit: claim.revenue.minor for claim in told.claims}


def rest(found: Comparison, model: str) -> int | None:
    unattributed = found.claims_of(model).unattributed
    return unattributed.minor if unattributed is not None else None


BY_CAMPAIGN = {
    "first_touch": {"spring": 19_001, "vip": 4_000, "flash": -1_500},
    "last_touch": {"flash": 17_501, "vip": 4_000},
    "last_non_direct": {"flash": 17_501, "vip": 4_000},
    "linear": {"spring": 8_000, "vip": 7_000, "flash": 6_501},
    "linear_unique": {"spring": 8_000, "vip": 7_000, "flash": 6_501},
    "position_u": {"spring": 8_600, "vip": 5_800, "flash": 7_101},
    "any_touch": {"spring": 19_001, "vip": 13_001, "flash": 17_501},
    "evidence": {"flash": 8_500, "vip": 13_001},
    "coupon": {"vip": 9_001},
}
"""By hand: o2 split 3,000 + 3,000 + 3,001 by linear, 3,600 + 1,800 + 3,601 by 2:1:2; its personal coupon makes it vip's."""


def test_every_rule_claims_what_was_worked_out_by_hand(shop: Workspace) -> None:
    found = compare_attribution(shop, only=list(BY_CAMPAIGN))
    assert (found.net_revenue.minor, found.orders) == (NET, 6)
    assert {told.model.id: minor(told) for told in found.models} == BY_CAMPAIGN
    last = {claim.unit: claim.orders for claim in found.claims_of("last_touch").claims}
    assert last == {"flash": 3.0, "vip": 1.0}
    linear = {claim.unit: claim.orders for claim in found.claims_of("linear").claims}
    assert linear == pytest.approx({"spring": 1 / 2 + 1 / 3, "vip": 1 / 3 + 1, "flash": 1 / 2 + 1 / 3 + 1})
    assert found.claims_of("last_touch").claims[0].share == pytest.approx(17_501 / 21_501)


def test_nothing_is_lost_under_any_model_and_any_touch_alone_exceeds_it(shop: Workspace) -> None:
    found = compare_attribution(shop)
    assert not found.failed or {model.id for model, _ in found.failed} <= {"logistic", "shapley_rate"}
    for told in found.models:
        if told.unattributed is not None:
            assert told.attributed.minor + told.unattributed.minor == NET
        assert sum(minor(told).values()) == told.attributed.minor
        if told.model.spreads:
            assert told.attributed.minor == 21_501, told.model.id
    assert found.claims_of("any_touch").attributed.minor == 49_503
    assert found.claims_of("any_touch").unattributed is None, "what overlaps leaves no rest"
    assert [told.model.id for told in found.models if told.unattributed is None] == ["any_touch"]
    assert rest(found, "coupon") == NET - 9_001


def test_by_channel_repeats_count_once_in_linear_unique(shop: Workspace) -> None:
    found = compare_attribution(shop, by="channel", only=["linear", "linear_unique"])
    assert minor(found.claims_of("linear")) == {"email": 8_000 + 7_000, "sms": 6_501}
    # o2: e-mail, e-mail, SMS are two channels: 4,500 and 4,501
    assert minor(found.claims_of("linear_unique")) == {"email": 5_000 + 4_500 + 4_000, "sms": 5_000 + 4_501 - 1_500}


def test_by_touch_type_and_within_one_campaign(shop: Workspace) -> None:
    found = compare_attribution(shop, by="touch_type", only=["last_touch"])
    assert minor(found.claims_of("last_touch")) == {"click": 19_001, "read": 4_000, "reply": -1_500}
    found = compare_attribution(shop, by="touch_type", campaign="flash", only=["last_touch"])
    told = found.claims_of("last_touch")
    assert minor(told) == {"click": 19_001, "reply": -1_500}
    assert told.attributed.minor == 21_501, "what other campaigns get is not lost, only not shown"
    templates = compare_attribution(shop, by="template", only=["last_touch"])
    assert minor(templates.claims_of("last_touch")) == {"(none)": 21_501}


def test_a_coupon_of_a_campaign_that_sent_nothing_known_is_its_own_and_nobody_else_s(
    shop: Workspace, tmp_path: Path
) -> None:
    add_campaign(shop, Campaign("quiet", "Quiet"))
    add_coupon(shop, Coupon("hush", "unique", campaign="quiet"))
    codes = tmp_path / "quiet.csv"
    codes.write_text(f"code,phone\nhush-p8,{phone(8)}\n")
    import_codes(shop, "hush", codes)
    orders = tmp_path / "more.csv"
    orders.write_text(f"order_id,phone,ordered_at,amount,coupon\no7,{phone(8)},2026-09-20T12:00:00Z,10.00,hush-p8\n")
    import_files(shop, [orders], "orders")
    by_campaign = compare_attribution(shop, only=["coupon"])
    assert minor(by_campaign.claims_of("coupon")) == {"vip": 9_001, "quiet": 1_000}
    by_channel = compare_attribution(shop, by="channel", only=["coupon"])
    assert minor(by_channel.claims_of("coupon")) == {"email": 9_001, "(none)": 1_000}
    of_vip = compare_attribution(shop, by="channel", campaign="vip", only=["coupon"])
    assert minor(of_vip.claims_of("coupon")) == {"email": 9_001}
    assert of_vip.claims_of("coupon").attributed.minor == 10_001


def test_the_spread_names_the_models_at_its_ends(shop: Workspace) -> None:
    found = compare_attribution(shop, only=["first_touch", "last_touch", "linear", "any_touch", "coupon"])
    ends = {
        one.unit: (one.lowest.minor, one.lowest_model, one.highest.minor, one.highest_model) for one in found.spreads
    }
    assert ends == {
        "spring": (0, "last_touch", 19_001, "first_touch"),
        "flash": (-1_500, "first_touch", 17_501, "last_touch"),
        "vip": (4_000, "first_touch", 7_000, "linear"),
    }


def test_a_period_takes_its_orders_alone(shop: Workspace) -> None:
    found = compare_attribution(shop, only=["last_touch", "markov_1"], period="2026-09-03")
    assert (found.net_revenue.minor, found.orders) == (19_001, 2)
    assert minor(found.claims_of("last_touch")) == {"flash": 19_001}
    assert found.claims_of("markov_1").attributed.minor == 19_001


def by_hand() -> Journeys:
    texts = [" > ".join(path) for path, *_ in PATHS]
    conversions, nulls, value = ([row[at] for row in PATHS] for at in (1, 2, 3))
    return of_paths(texts, conversions=conversions, nulls=nulls, value=value, units=100, currency="EUR")


@pytest.mark.parametrize("name", PATH_MODELS)
def test_path_models_see_the_journeys_by_hand(shop: Workspace, name: str) -> None:
    journeys = by_hand()
    expected = journey_model(name).credit(journeys)
    found = compare_attribution(shop, only=[name])
    if isinstance(expected, Unavailable):
        assert found.failed[0][1].code == expected.code
        return
    told = {claim.unit: claim.orders for claim in found.claims_of(name).claims}
    assert told == pytest.approx(dict(zip(journeys.channels, expected.conversions, strict=True)), abs=1e-9)
    assert found.claims_of(name).attributed.minor == 21_501
    for claim in found.claims_of(name).claims:
        at = journeys.channels.index(claim.unit)
        assert expected.value is not None
        assert claim.revenue.minor == pytest.approx(expected.value[at] * 100, abs=2.0)


def test_rows_add_up_to_the_claim_and_name_the_touch(shop: Workspace) -> None:
    found = explain_claim(shop, "flash")
    assert (found.total.minor, found.orders, found.count) == (17_501, 3, 3)
    told = {row.order: (row.touch, row.weight, row.credit.minor, row.message) for row in found.rows}
    assert told == {
        "o1": ("click", 1.0, 10_000, "m2"),
        "o2": ("click", 1.0, 9_001, "m5"),
        "o6": ("reply", 1.0, -1_500, "m9"),
    }
    evidence = explain_claim(shop, "vip", model="evidence")
    assert {row.order: row.touch for row in evidence.rows} == {"o2": "personal coupon redeemed", "o3": "read"}
    linear = explain_claim(shop, "vip", model="linear", limit=1)
    assert (linear.total.minor, linear.count, len(linear.rows)) == (7_000, 2, 1)
    for model in (one for one in models().values() if one.family != "path"):
        claimed = minor(compare_attribution(shop, only=[model.id]).claims_of(model.id)).get("vip", 0)
        assert explain_claim(shop, "vip", model=model.id).total.minor == claimed, model.id
    with pytest.raises(UsageError, match="credits no single order"):
        explain_claim(shop, "vip", model="markov_1")


def test_the_ladder_shows_each_order_with_its_best_evidence(shop: Workspace) -> None:
    found = compare_attribution(shop, only=["evidence"])
    assert {one.rung: (one.orders, one.revenue.minor) for one in found.evidence} == {
        "a": (1, 9_001),  # o2; o4's code was given to p9
        "b": (1, 10_000),  # o1: 15 minutes after the click
        "c": (1, -1_500),
        "d": (0, 0),
        "e": (1, 4_000),
        "none": (2, 12_000),
    }


def test_revenue_per_cost_where_the_cost_is_known(shop: Workspace) -> None:
    def roas(found: Comparison, unit: str) -> Any:
        return next(claim.roas for claim in found.claims_of("last_touch").claims if claim.unit == unit)

    assert roas(compare_attribution(shop, only=["last_touch"]), "flash").code == "unrated-messages"
    body = {"campaign": "flash", "kind": "messaging", "amount": "50.00", "currency": None, "evidence": "invoiced", "covers": True,
            "from": "2026-09-01", "until": None, "description": None}  # fmt: skip
    add_campaign(shop, Campaign("flash", "Flash"))
    add_cost(shop, body)
    figure = roas(compare_attribution(shop, only=["last_touch"]), "flash")
    assert isinstance(figure, Estimate)
    assert figure.value == pytest.approx(175.01 / 50)
    assert roas(compare_attribution(shop, by="channel", only=["last_touch"]), "sms").code == "cost-not-by-dimension"


def test_visits_take_the_credit_only_where_they_are_not_direct(shop: Workspace, imported: Import) -> None:
    imported(
        "sessions", "session_id,phone,started_at,utm_source,utm_medium",
        f"s1,{phone(1)},2026-09-03T11:50:00Z,google,cpc",  # after o1's last touch: the ad takes it
        f"s2,{phone(2)},2026-09-03T12:00:00Z,,",  # direct: passed over
        f"s3,{phone(3)},2026-09-05T07:30:00Z,google,cpc",  # before the read: the read came later
    )  # fmt: skip
    told = compare_attribution(shop, only=["last_non_direct", "last_touch"])
    assert minor(told.claims_of("last_non_direct")) == {"flash": 7_501, "vip": 4_000}
    assert rest(told, "last_non_direct") == NET - 11_501
    assert told.claims_of("last_non_direct").note is not None
    assert "direct visits between touch and order of 1 order" in str(told.claims_of("last_non_direct").note)


def test_a_visit_by_the_click_of_an_ad_is_not_direct_though_no_source_is_told(
    shop: Workspace, imported: Import
) -> None:
    imported(
        "sessions", "session_id,phone,started_at,utm_source,gclid",
        f"s1,{phone(1)},2026-09-03T11:50:00Z,,Cj0KCQ-ad",  # after o1's last touch: the ad takes it
        f"s2,{phone(2)},2026-09-03T12:00:00Z,,",
    )  # fmt: skip
    told = compare_attribution(shop, only=["last_non_direct"])
    assert minor(told.claims_of("last_non_direct")) == {"flash": 7_501, "vip": 4_000}
    assert "direct visits between touch and order of 1 order" in str(told.claims_of("last_non_direct").note)


def test_names_that_are_not_known_are_told_with_the_closest(shop: Workspace) -> None:
    with pytest.raises(UsageError, match="did you mean 'markov_1'"):
        compare_attribution(shop, only=["markov1"])
    with pytest.raises(UsageError, match="did you mean 'channel'"):
        compare_attribution(shop, by="chanel")
    with pytest.raises(NotFound, match="did you mean 'spring'"):
        compare_attribution(shop, campaign="sping")
    with pytest.raises(UsageError, match="is no period"):
        compare_attribution(shop, period="soon")


def test_without_any_touch_nothing_is_claimed_and_path_models_say_so(shop: Workspace) -> None:
    for name in ("lookback_click_days", "lookback_reply_days", "lookback_read_hours"):
        set_setting(shop, name, "0", date(2026, 1, 1))
    found = compare_attribution(shop, only=["last_touch", "markov_1", "coupon"])
    assert found.claims_of("last_touch").attributed.minor == 0
    assert found.claims_of("coupon").attributed.minor == 9_001, "a personal coupon needs no look-back"
    assert [(model.id, reason.code) for model, reason in found.failed] == [("markov_1", "no-journeys")]


def test_the_stored_rollup_agrees(shop: Workspace) -> None:
    found = compare_attribution(shop)
    with open_tables(shop) as tables:
        stored = tables.con.execute(
            "SELECT c.model, l.campaign, CAST(sum(c.credit_minor) AS BIGINT) FROM credit_cell AS c"
            " JOIN label_campaign AS l ON c.label_key = l.label_key GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    assert stored
    for model, campaign, credit in stored:
        assert minor(found.claims_of(model)).get(campaign, 0) == credit, (model, campaign)

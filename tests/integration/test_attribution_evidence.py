"""What an order shows by itself, what people say, and what an experiment measured, beside what models claim."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.channels.told import Party
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.usecases.attribution_compare import Comparison, compare_attribution
from earnest.usecases.attribution_measured import Calibration
from earnest.usecases.survey_invite import Ask, invite

from .test_sessions import V1
from .test_sessions import Shop as Site
from .test_sessions import shop as site  # noqa: F401
from .test_surveys import SENT_US, asking, form, phone, sent
from .trials import Clock, Trial, bring_rows, laid_out


def claims(found: Comparison, model: str) -> dict[str, int]:
    return {claim.unit: claim.revenue.minor for claim in found.claims_of(model).claims}


def rungs(found: Comparison) -> dict[str, int]:
    return {one.rung: one.orders for one in found.evidence if one.orders}


def test_an_order_told_in_the_visit_of_a_click_is_the_click_s(site: Site) -> None:  # noqa: F811
    site.click("c1", 17)
    site.visit(V1, "01", click="c1")
    site.visit_order(V1, "01", "A-1")
    site.order("A-1", "c-77")
    site.order("A-2", "c-78")
    found = compare_attribution(site.workspace, only=["last_touch", "evidence"])
    assert claims(found, "last_touch") == {}, "no message of the campaign is known, so no touch"
    assert claims(found, "evidence") == {"spring": 5_000}
    assert rungs(found) == {"b": 1, "none": 1}


def test_a_visit_without_the_order_or_of_another_click_shows_nothing(site: Site) -> None:  # noqa: F811
    site.click("c1", 17)
    site.visit(V1, "01", click="c1")
    site.visit_order(V1, "02", "A-1")
    site.order("A-1", "c-77")
    found = compare_attribution(site.workspace, only=["evidence"])
    assert claims(found, "evidence") == {}
    assert rungs(found) == {"none": 1}


def test_answers_have_shares_and_bounds_and_credit_no_order(tmp_path: Path) -> None:
    workspace, _ = asking(tmp_path / "w", survey="heard", people=4)
    invite(workspace, "heard", [Party(dialled=f"+{phone(50 + n)}") for n in range(6)], Ask("spring", None, "second"))
    sent(workspace, "wamid.1", 99, SENT_US)
    for person, answer in ((1, "message"), (2, "friend")):  # 2 of 4 asked: each stands for 2
        form(workspace, person, {"heard": answer}, SENT_US, survey="heard")
    for person, answer in ((5, "message"), (6, "email"), (7, "search"), (8, "message")):  # 4 of 6: each for 1.5
        form(workspace, person, {"heard": answer}, SENT_US, survey="heard", round=2)
    found = compare_attribution(workspace, by="channel", only=["last_touch"])
    assert not isinstance(found.survey, Unavailable)
    shares = {one.unit: one for one in found.survey}
    assert isinstance(shares["whatsapp"].share, Estimate)
    assert isinstance(shares["email"].share, Estimate)
    assert shares["whatsapp"].share.value == pytest.approx((2 + 1.5 + 1.5) / 10)
    assert shares["email"].share.value == pytest.approx(1.5 / 10)
    assert (shares["whatsapp"].answers, shares["whatsapp"].invited) == (6, 10)
    assert shares["whatsapp"].bounds == (3 / 10, 7 / 10)
    assert shares["email"].bounds == (1 / 10, 5 / 10)
    assert shares["whatsapp"].to_json()["share"]["value"] is None, "too few answers for a point"
    assert found.claims_of("last_touch").attributed.minor == 0
    (spring,) = tuple(compare_attribution(workspace, only=["last_touch"]).survey)  # type: ignore[arg-type]
    assert (spring.unit, spring.bounds) == ("spring", (3 / 10, 7 / 10))
    by_template = compare_attribution(workspace, by="template", only=["last_touch"]).survey
    assert isinstance(by_template, Unavailable)
    assert by_template.code == "shares-only"


@pytest.fixture
def trial(tmp_path: Path) -> tuple[Path, Clock]:
    return tmp_path, Clock("2026-04-10T00:00")


def measured(found: Comparison) -> dict[str, Calibration]:
    return {one.campaign: one for one in found.calibrated}


def test_claims_are_multiplied_by_what_experiments_measured(trial: tuple[Path, Clock]) -> None:
    """200 of 1,000 against 100 of 1,000 buy for 50.00: 5,000.00 extra; 100 of the buyers had clicked: 5,000.00 attributed.

    Interval by hand: 1,000 × 1.96116 × √((0.16 + 0.09) × 2,500 / 999) = 1,551.1.
    """
    folder, clock = trial
    workspace = laid_out(folder, Trial(), clock)
    header = ("click_id", "message_id", "clicked_at", "click_class")
    bring_rows(workspace, "clicks", header, [(f"c{n}", f"m{n}", "2026-03-02T12:00:00Z", "human") for n in range(100)])
    bring_rows(
        workspace, "messages", ("message_id", "email", "status", "occurred_at", "campaign", "channel"),
        [("a1", "x-1@example.org", "delivered", "2026-03-25T10:00:00Z", "autumn", "email")],
    )  # fmt: skip
    bring_rows(workspace, "clicks", header, [("a1", "a1", "2026-03-25T12:00:00Z", "human")])
    bring_rows(workspace, "orders", ("order_id", "email", "ordered_at", "amount"), [("a1", "x-1@example.org", "2026-03-26T12:00:00Z", "80.00")])  # fmt: skip
    before = measured(compare_attribution(workspace, record=False))["spring"]
    assert before.read.running, "who only reads does not read an experiment for the first time"
    assert isinstance(before.factor, Unavailable)
    assert before.factor.code == "running"
    assert not before.proven
    found = measured(compare_attribution(workspace))
    spring, autumn = found["spring"], found["autumn"]
    assert spring.read.attributed is not None
    assert spring.read.attributed.minor == 500_000
    assert isinstance(spring.factor, Estimate)
    assert (spring.factor.value, spring.factor.low, spring.factor.high) == pytest.approx(
        (1.0, 0.68978, 1.31022), abs=1e-4
    )
    assert spring.proven
    assert isinstance(spring.calibrated, Estimate)
    assert (spring.calibrated.value, spring.calibrated.low) == pytest.approx((5_000, 3_448.9), abs=0.5)
    assert autumn.pooled == ("spring",)
    assert isinstance(autumn.calibrated, Estimate)
    assert (autumn.calibrated.value, autumn.calibrated.low) == pytest.approx((80.0, 80 * 0.68978), abs=0.02)
    month = measured(compare_attribution(workspace, period="2026-02"))["spring"]
    assert (month.claimed.minor, month.read) == (0, spring.read)


@pytest.mark.parametrize("price", ["0.10", None])
def test_what_is_sent_to_others_later_is_no_part_of_the_factor(trial: tuple[Path, Clock], price: str | None) -> None:
    """300 others click and buy for 50.00 in May: claimed, but of no treated unit. Without a price no gain is believed, so no factor."""
    folder, clock = trial
    clock.set("2026-06-10T00:00")
    workspace = laid_out(folder, Trial(), clock)
    header = ("click_id", "message_id", "clicked_at", "click_class")
    bring_rows(workspace, "clicks", header, [(f"c{n}", f"m{n}", "2026-03-02T12:00:00Z", "human") for n in range(100)])
    later = [
        (f"x{n}", f"y{n}@example.org", "delivered", "2026-05-01T10:00:00Z", "spring", "email", price)
        for n in range(300)
    ]
    columns = ("message_id", "email", "status", "occurred_at", "campaign", "channel", "cost")
    bring_rows(workspace, "messages", columns, later)
    bring_rows(workspace, "clicks", header, [(f"x{n}", f"x{n}", "2026-05-01T12:00:00Z", "human") for n in range(300)])
    orders = [(f"x{n}", f"y{n}@example.org", "2026-05-01T13:00:00Z", "50.00") for n in range(300)]
    bring_rows(workspace, "orders", ("order_id", "email", "ordered_at", "amount"), orders)
    for model in ("last_touch", "first_touch"):
        found = measured(compare_attribution(workspace, only=[model]))["spring"]
        assert found.claimed.minor == 2_000_000
        assert found.read.attributed is not None
        assert found.read.attributed.minor == 500_000
        if price is None:
            assert isinstance(found.factor, Unavailable)
            assert isinstance(found.calibrated, Unavailable)
            assert (found.factor.code, found.proven) == ("withheld", False)
            continue
        assert isinstance(found.factor, Estimate)
        assert isinstance(found.calibrated, Estimate)
        assert (found.factor.value, found.calibrated.value, found.proven) == (1.0, 20_000.0, True)


def test_extra_revenue_needs_no_margin_but_every_check(trial: tuple[Path, Clock]) -> None:
    folder, clock = trial
    workspace = laid_out(folder, Trial(margin=None), clock)
    header = ("click_id", "message_id", "clicked_at", "click_class")
    bring_rows(workspace, "clicks", header, [(f"c{n}", f"m{n}", "2026-03-02T12:00:00Z", "human") for n in range(100)])
    found = measured(compare_attribution(workspace, only=["last_touch"]))["spring"]
    assert isinstance(found.factor, Estimate)
    assert (found.factor.value, found.proven) == (1.0, True)


def test_a_failed_health_check_withholds_the_factor(trial: tuple[Path, Clock]) -> None:
    folder, clock = trial
    workspace = laid_out(folder, Trial(control=400, control_buyers=40), clock)
    found = measured(compare_attribution(workspace, only=["last_touch"]))["spring"]
    assert isinstance(found.factor, Unavailable)
    assert found.factor.code == "withheld"
    assert isinstance(found.calibrated, Unavailable)

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
    assert before.running, "who only reads does not read an experiment for the first time"
    found = measured(compare_attribution(workspace))
    spring, autumn = found["spring"], found["autumn"]
    assert spring.attributed.minor == 500_000
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
    assert (month.claimed.minor, month.attributed.minor) == (0, 500_000)


def test_a_failed_health_check_withholds_the_factor(trial: tuple[Path, Clock]) -> None:
    folder, clock = trial
    workspace = laid_out(folder, Trial(control=400, control_buyers=40), clock)
    found = measured(compare_attribution(workspace, only=["last_touch"]))["spring"]
    assert isinstance(found.factor, Unavailable)
    assert found.factor.code == "withheld"
    assert isinstance(found.calibrated, Unavailable)

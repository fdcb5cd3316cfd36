"""KPIs that only a provider's webhooks can tell, and the coupon's: from bodies to the figure, counted by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.campaign import Campaign
from earnest.definitions.coupon import Coupon
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kpis.catalogue import find
from earnest.usecases.coupons import add_coupon
from earnest.usecases.declare import add_campaign
from earnest.usecases.import_files import import_files
from earnest.usecases.judge_lines import kpi_scope, row_figure
from earnest.usecases.kpi_supplied import supply
from earnest.usecases.measure import measure_all
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init
from integration.trials import Clock, bring_rows
from unit.channels.bodies_of import envelope, message, status, value

SENT = "2026-03-01T10:00:00"
PHONES = [f"4915112345{n:03}" for n in range(4)]


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def at(text: str) -> str:
    return str(seconds(text))


def quality(template: str, score: str, day: str) -> dict[str, Any]:
    told = {"new_quality_score": score, "message_template_name": template, "message_template_language": "en"}
    return envelope(told, "message_template_quality_update", time=seconds(f"{day}T00:00:00"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four messages delivered; the first is answered by a tap, the second by words and then a tap, the third by words, and tapped after
    four days. `sale` is green for 5 days and yellow for 5, `welcome` green for 10, `old` unknown for 10."""
    folder = tmp_path_factory.mktemp("provider")
    workspace = init(folder / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-04-11T00:00:00"))
    delivered = [
        status(id=f"wamid.{n}", status="delivered", timestamp=at(SENT), recipient_id=phone)
        for n, phone in enumerate(PHONES)
    ]

    def answer(n: int, name: str, when: str, **told: Any) -> dict[str, Any]:
        body = {"from": PHONES[n], "id": f"wamid.in.{name}", "timestamp": at(when), "context": {"id": f"wamid.{n}"}}
        return message(**body, **told)

    tap: Mapping[str, Any] = {"type": "button", "text": None, "button": {"payload": "YES", "text": "Yes"}}
    answers = [
        answer(0, "a", "2026-03-01T11:00:00", **tap), answer(1, "b", "2026-03-01T11:00:00"),
        answer(1, "c", "2026-03-01T12:00:00", **tap), answer(2, "d", "2026-03-01T11:00:00"),
        answer(2, "e", "2026-03-05T11:00:00", **tap),
    ]  # fmt: skip
    bodies = [envelope(value(statuses=delivered)), envelope(value(messages=answers))]
    bodies += [quality("sale", "GREEN", "2026-04-01"), quality("sale", "YELLOW", "2026-04-06")]
    bodies += [quality("welcome", "GREEN", "2026-04-01"), quality("old", "UNKNOWN", "2026-04-01")]
    path = folder / "bodies.jsonl"
    path.write_text("\n".join(json.dumps(body) for body in bodies) + "\n")
    import_files(workspace, [path], "whatsapp")
    return workspace


def figure(workspace: Workspace, name: str, campaign: str) -> Figure:
    kpi = find(name)
    with open_tables(workspace) as tables:
        if kpi.measures is None:
            return supply(workspace, tables, kpi)
        measured = measure_all(tables)[campaign]
        return row_figure(tables, kpi, measured, kpi_scope(tables, measured, 0.95))


def test_taps_count_once_a_message_and_within_three_days(shop: Workspace) -> None:
    found = figure(shop, "button_tap_rate", "unassigned")
    assert isinstance(found, Estimate)
    assert (found.value, found.n) == (0.5, 4)


def test_green_days_of_templates(shop: Workspace) -> None:
    """15 of 20 known template days are green."""
    found = figure(shop, "quality_rating", "unassigned")
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(0.75, abs=1e-4)
    assert found.n == 2


def test_complaints_are_told_by_mail_alone(shop: Workspace) -> None:
    found = figure(shop, "spam_complaint_rate", "unassigned")
    assert isinstance(found, Unavailable)
    assert "email" in found.reason


def test_redemptions_of_the_people_reached(tmp_path: Path) -> None:
    """Ten people reached of twelve; three of them and a stranger redeem."""
    workspace = init(tmp_path / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-04-11T00:00:00"))
    rows = [
        (
            f"m{n}",
            f"p{n}@example.org",
            "2026-03-01T10:00:00Z",
            "2026-03-01T10:00:00Z" if n < 10 else "",
            "spring",
            "email",
        )
        for n in range(12)
    ]
    bring_rows(workspace, "messages", ("message_id", "email", "sent_at", "delivered_at", "campaign", "channel"), rows)
    orders = [(f"o{n}", f"p{n}@example.org", "2026-03-02T10:00:00Z", "20.00", "SPRING") for n in (0, 1, 2, 99)]
    bring_rows(workspace, "orders", ("order_id", "email", "ordered_at", "amount", "coupon"), orders)
    add_campaign(workspace, Campaign("spring", "Spring"))
    add_coupon(workspace, Coupon("spring20", "shared", "spring", "SPRING", "", None))
    found = figure(workspace, "coupon_redemption_rate", "spring")
    assert isinstance(found, Estimate)
    assert (found.value, found.n) == (0.3, 10)

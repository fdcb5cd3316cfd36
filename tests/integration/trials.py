"""Small trials by hand: so many people in two arms, so many of them buying for 50.00, and what the messages cost."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from earnest.definitions.campaign import Campaign
from earnest.definitions.experiment import Experiment
from earnest.usecases.declare import add_campaign, add_experiment, set_setting
from earnest.usecases.import_files import import_files
from earnest.usecases.workspace import Workspace, init

SENT, READ_OUT = date(2026, 3, 1), date(2026, 3, 20)
WINDOW_DAYS = 14
BASKET = Decimal("50.00")


class Clock:
    """A clock that is set by hand, and steps a second each time it is read."""

    def __init__(self, text: str) -> None:
        self.set(text)

    def set(self, text: str) -> None:
        self.now_us = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000

    def __call__(self) -> int:
        self.now_us += 1_000_000
        return self.now_us


@dataclass(frozen=True, slots=True)
class Trial:
    """What to put into the files.

    Args:
        treated, control: people in each arm; the first `treated_buyers` and `control_buyers` buy once, on 3 March.
        cost: of each delivered message, or None for messages without a price.
        unpriced: of the treated, whose message has no price.
        messaged_control: of the held-out people, who got the message all the same.
        margin: gross margin, or None.
        messages: whether any are imported. message_prefix: "t" sends them to the treated.
        randomised: whether an experiment is declared. assigned: whether its assignments are imported.
    """

    treated: int = 1000
    control: int = 1000
    treated_buyers: int = 200
    control_buyers: int = 100
    cost: str | None = "0.10"
    unpriced: int = 0
    messaged_control: int = 0
    margin: str | None = "0.4"
    purpose: str = "marketing"
    randomised: bool = True
    assigned: bool = True
    messages: bool = True
    message_prefix: str = "t"


def people(arm: str, number: int) -> list[str]:
    return [f"{arm}-{one}@example.org" for one in range(number)]


def table(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def laid_out(folder: Path, trial: Trial, clock: Clock) -> Workspace:
    """A workspace in which the trial stands: one campaign, its messages, orders and assignments."""
    workspace = init(folder / "workspace", currency="EUR", timezone="UTC", clock=clock)
    if trial.margin is not None:
        set_setting(workspace, "margin", trial.margin, date(2026, 1, 1))
    add_campaign(workspace, Campaign("spring", "Spring", "Spring", trial.purpose, "conversion", "Earn", None, ()))
    treated, control = people("t", trial.treated), people("c", trial.control)
    if trial.randomised:
        half = Decimal("0.5")
        arms = (("treatment", half), ("control", half))
        add_experiment(workspace, Experiment("spring-test", "spring", arms, "control", WINDOW_DAYS, READ_OUT))
    if trial.randomised and trial.assigned:
        rows = [(who, "spring-test", "treatment", "2026-03-01T09:00:00Z") for who in treated]
        rows += [(who, "spring-test", "control", "2026-03-01T09:00:00Z") for who in control]
        header = ("email", "experiment", "arm", "assigned_at")
        _bring(workspace, table(folder / "assignments.csv", header, rows), "assignments")
    sent = []
    addressed = people(trial.message_prefix, trial.treated)
    for place, who in enumerate([*addressed, *control[: trial.messaged_control]]):
        price = None if trial.cost is None or place < trial.unpriced else trial.cost
        sent.append((f"m{place}", who, "delivered", "2026-03-01T10:00:00Z", "spring", "email", price))
    header = ("message_id", "email", "status", "occurred_at", "campaign", "channel", "cost")
    if trial.cost is None:
        header, sent = header[:-1], [row[:-1] for row in sent]
    if trial.messages:
        _bring(workspace, table(folder / "messages.csv", header, sent), "messages")
    buyers = [*treated[: trial.treated_buyers], *control[: trial.control_buyers]]
    orders = [(f"o{place}", who, "2026-03-03T12:00:00Z", BASKET) for place, who in enumerate(buyers)]
    _bring(workspace, table(folder / "orders.csv", ("order_id", "email", "ordered_at", "amount"), orders), "orders")
    return workspace


def bring_rows(workspace: Workspace, kind: str, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Import a few more rows of a kind."""
    _bring(
        workspace,
        table(
            workspace.path.parent / f"more-{kind}-{len(list(workspace.path.parent.glob('more-*')))}.csv", header, rows
        ),
        kind,
    )


def _bring(workspace: Workspace, path: Path, kind: str) -> None:
    import_files(workspace, [path], kind, then_build=False)

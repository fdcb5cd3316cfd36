"""What the figures take on faith: each assumption with its value, since when, who said so and who uses it, and how far verdicts move.

settings, captures, cost lines ─ journal ─> what is believed ─┐
campaigns judged ─ sensitivity ─> how far each verdict moves ─┴─> one list for page, command line and API
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from earnest.definitions.campaign import UNASSIGNED
from earnest.definitions.setting import SETTINGS, DatedValue
from earnest.definitions.state import State
from earnest.journal.log import Entry
from earnest.kernel.money import Money
from earnest.kernel.period import instant_text, parse_day
from earnest.usecases.costs import full_ledger
from earnest.usecases.quality_capture import captured
from earnest.usecases.sensitivity import DEFINITIONS, RELATIVE, UNEVEN, Moves, moves_of
from earnest.usecases.served_stories import served_stories
from earnest.usecases.tables import Tables, open_tables, quiet, read_tables
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory
from earnest.warehouse.build import Progress

Touches = Literal["verdicts", "intervals", "attributed", "costs", "opt-outs", "matching"]
"""What would be wrong with it: verdicts by return, the width of intervals, attributed figures alone, converted costs, the price
of an opt-out, or which phone numbers are one person's."""

BELIEFS: dict[str, Touches] = {
    "margin": "verdicts",
    "level": "intervals",
    "lookback_reply_days": "attributed",
    "lookback_click_days": "attributed",
    "lookback_read_hours": "attributed",
    "lookback_delivered_hours": "attributed",
    "fx_days": "costs",
    "opt_out_horizon_days": "opt-outs",
    "region": "matching",
}
"""Settings that are beliefs, and what each touches; the other settings choose what is shown."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One thing taken on faith.

    Args:
        code: `margin`, `order-capture`, `assumed-cost`, or the name of a setting. meaning: in words.
        value: as it stands, None where nothing is told. unit: of `value`: share, days, hours, code, or a currency.
        since: first day it holds; None for what always held. default: whether nobody set it; then `source` is the reason.
        source: where it comes from: a journal entry with its door and moment, or the reason for a default.
        entry, said_at: of the journal. campaigns: those whose figures rest on it, by id.
    """

    code: str
    meaning: str
    value: str | None
    unit: str
    touches: Touches
    source: str
    since: date | None = None
    default: bool = False
    entry: int | None = None
    said_by: str | None = None
    said_at: str | None = None
    campaigns: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in self.__slots__}
        return told | {"since": self.since.isoformat() if self.since else None, "campaigns": list(self.campaigns)}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything taken on faith, and how far each judged campaign's verdict moves. `not_moved`: campaigns whose verdict rests on
    no interval of money, by id."""

    believed: tuple[Assumption, ...]
    moves: tuple[Moves, ...]
    not_moved: tuple[str, ...]
    as_of: str

    @property
    def shaken(self) -> tuple[Moves, ...]:
        """Campaigns whose verdict would be another if any one assumption were wrong by as much as is tried."""
        return tuple(one for one in self.moves if one.shaken)

    def to_json(self) -> dict[str, Any]:
        return {
            "assumptions": [one.to_json() for one in self.believed],
            "tried": {"relative": RELATIVE, "uneven": UNEVEN, "definitions": dict(DEFINITIONS)},
            "moves": [one.to_json() for one in self.moves],
            "not_moved": list(self.not_moved),
            "as_of": self.as_of,
        }


def assumptions(workspace: Workspace, *, progress: Progress = quiet) -> Assumptions:
    """What the figures take on faith, by tables brought up to date; records nothing."""
    with open_tables(workspace, progress=progress) as tables:
        return assumptions_in(workspace, tables)


def read_assumptions(workspace: Workspace) -> Assumptions:
    """The same by the tables as they stand: what a server answers."""
    with read_tables(workspace) as tables:
        return assumptions_in(workspace, tables)


def assumptions_in(workspace: Workspace, tables: Tables) -> Assumptions:
    """The same by open tables; once a generation."""
    if "assumptions" not in tables.memo:
        stories = served_stories(workspace, tables)
        with workspace.journal() as journal:
            said = _said(journal.declared())
        moves = {story.campaign: moves_of(story) for story in stories}
        tables.memo["assumptions"] = Assumptions(
            (*_margins(tables.state, stories, said), *_orders(tables, stories), *_assumed_costs(tables, stories),
             *_settings(tables, stories, said)),
            tuple(one for one in moves.values() if one is not None),
            tuple(name for name, one in moves.items() if one is None),
            instant_text(tables.as_of_us),
        )  # fmt: skip
    found: Assumptions = tables.memo["assumptions"]
    return found


_Said = Mapping[str, list[Entry]]
"""Setting → the journal entries that set it, in order: the same order as its dated values."""


def _said(entries: Iterable[Entry]) -> _Said:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind == "setting.set":
            found.setdefault(str(entry.data["name"]), []).append(entry)
    return found


def _margins(state: State, stories: Iterable[CampaignStory], said: _Said) -> Iterator[Assumption]:
    """Every margin that some campaign is judged by: dated values of the setting, and those of experiments."""
    meaning, users = SETTINGS["margin"].meaning, [story for story in stories if "margin" in story.assumptions]
    own = {
        one.campaign: one
        for one in state.experiments.values()
        if one.margin is not None and one.campaign in _ids(users)
    }
    history = state.settings.get("margin", [])
    for place, dated in _in_force(history):
        campaigns = tuple(
            story.campaign
            for story in users
            if story.campaign not in own and story.first_day and _holds(history, story.first_day) == place
        )
        yield _set("margin", dated, said["margin"][place], campaigns=campaigns)
    if not history:
        yield Assumption("margin", meaning, None, "share", "verdicts", SETTINGS["margin"].reason, default=True)
    for one in own.values():
        yield Assumption(
            "margin", meaning, str(one.margin), "share", "verdicts", f"experiment {one.id}", campaigns=(one.campaign,)
        )


def _ids(stories: Iterable[CampaignStory]) -> set[str]:
    return {story.campaign for story in stories}


def _in_force(history: list[DatedValue]) -> list[tuple[int, DatedValue]]:
    """Dated values that hold on some day, by their first day; a later word about the same day takes an earlier one's place."""
    last = {dated.since: place for place, dated in enumerate(history)}
    return [(place, history[place]) for _, place in sorted(last.items())]


def _holds(history: list[DatedValue], day: str) -> int | None:
    """Place of the dated value in force on a day."""
    begun = [(dated.since, place) for place, dated in enumerate(history) if dated.since <= parse_day(day)]
    return max(begun)[1] if begun else None


def _set(name: str, dated: DatedValue, entry: Entry, *, campaigns: tuple[str, ...]) -> Assumption:
    """A value that somebody set."""
    moment = instant_text(entry.received_us)
    return Assumption(
        name,
        SETTINGS[name].meaning,
        dated.value,
        _unit(name),
        BELIEFS[name],
        f"setting, journal entry {entry.seq}",
        since=dated.since,
        entry=entry.seq,
        said_by=entry.source,
        said_at=moment,
        campaigns=campaigns,
    )


def _unit(name: str) -> str:
    known = {"margin": "share", "level": "share", "region": "code"}
    return known.get(name, "hours" if name.endswith("_hours") else "days")


def _orders(tables: Tables, stories: Iterable[CampaignStory]) -> Iterator[Assumption]:
    """Whether the orders here are all there were."""
    users = tuple(story.campaign for story in stories if "order-capture" in story.assumptions)
    known = captured(tables)
    meaning = "share of all orders that came here, alike of those messaged and those held out"
    if known is None:
        reason = "nobody told how many orders finance counts, so all are taken to be here"
        yield Assumption("order-capture", meaning, None, "share", "verdicts", reason, default=True, campaigns=users)
        return
    source = f"finance counts {known.finance:,} orders, {known.here:,} came here"
    since = min(one.since for one in tables.state.captures.values())
    yield Assumption(
        "order-capture", meaning, f"{known.rate:.4f}", "share", "verdicts", source, since=since, campaigns=users
    )


def _assumed_costs(tables: Tables, stories: Iterable[CampaignStory]) -> Iterator[Assumption]:
    """Cost that rests on nobody's bill, campaign by campaign together."""
    currency, total, users = tables.state.currency, Money(0, tables.state.currency), []
    for story in stories:
        mine = [line.amount for line in story.costs if line.evidence == "assumed"]
        if mine:
            users.append(story.campaign)
            total += sum(mine[1:], mine[0])
    if users:
        meaning = "cost lines that rest on an estimate, not on a bill"
        source = "cost lines with the evidence assumed: earnest cost list"
        yield Assumption(
            "assumed-cost", meaning, str(total.decimal), currency, "verdicts", source, campaigns=tuple(users)
        )


def _settings(tables: Tables, stories: tuple[CampaignStory, ...], said: _Said) -> Iterator[Assumption]:
    """Every other belief in force today."""
    state, day = tables.state, tables.day
    for name, touches in BELIEFS.items():
        if name == "margin":
            continue
        history = state.settings.get(name, [])
        place = _holds(history, day.isoformat())
        users = _users(name, tables, stories)
        if place is not None:
            yield _set(name, history[place], said[name][place], campaigns=users)
        elif SETTINGS[name].default is not None:
            entry = SETTINGS[name]
            yield Assumption(
                name, entry.meaning, entry.default, _unit(name), touches, entry.reason, default=True, campaigns=users
            )  # fmt: skip


def _users(name: str, tables: Tables, stories: tuple[CampaignStory, ...]) -> tuple[str, ...]:
    """Campaigns whose figures rest on a setting."""
    if BELIEFS[name] == "intervals":
        return tuple(story.campaign for story in stories if story.experiment is not None)
    if BELIEFS[name] == "attributed":
        return tuple(story.campaign for story in stories if story.claims)
    if BELIEFS[name] == "costs":
        converted = {line.campaign for line in full_ledger(tables).lines if line.original is not None}
        return tuple(sorted(one for one in converted if one is not None and one != UNASSIGNED))
    return ()

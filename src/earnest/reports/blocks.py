"""Blocks: what a report says, in order, worded and formatted already. Printers only lay them out.

Title · Situation · Actions · Verdict · KpiRow · Chart · Table · NextStep · Callout · Assumptions · Method
"""

from __future__ import annotations

from dataclasses import dataclass

from earnest.charts.bridge import BridgeChart
from earnest.charts.bullet import Bullet
from earnest.charts.cohort import CohortChart
from earnest.charts.cost_bar import CostChart
from earnest.charts.funnel import FunnelChart
from earnest.charts.interval_rows import IntervalChart
from earnest.charts.lines import LinesChart
from earnest.charts.trend import TrendChart

Drawing = IntervalChart | TrendChart | BridgeChart | CostChart | FunnelChart | CohortChart | LinesChart


@dataclass(frozen=True, slots=True)
class Said:
    """A text; `lang` is set where it is not in the report's language (a check's own sentence, a formula)."""

    text: str
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Chip:
    """A short word in a pill. Tone: plain, info, pos, neg, warn, attr."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its label; `note` is its interval or basis. Tone: plain, inc, pos, neg, attr."""

    label: str
    value: str
    note: str | None = None
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Title:
    """Head of the report: what kind, whose campaign, when."""

    kind: str
    name: str
    chips: tuple[Chip, ...]
    as_of: str


@dataclass(frozen=True, slots=True)
class Situation:
    """Why the campaign was run and what had to be answered."""

    label: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Actions:
    """What we did: messages, people, money."""

    label: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A failed check: what it found, its size, and how to mend it."""

    message: Said
    size: str | None
    remedy_label: str
    remedy: Said


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, as large whatever it is. State: gain, loss, open, none, withheld, purpose."""

    state: str
    label: str
    headline: str
    sentences: tuple[str, ...]
    facts: tuple[Fact, ...]
    chips: tuple[Chip, ...]
    chart: Chart | None = None
    checks_label: str = ""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class KpiCard:
    """One KPI: value or reason, its denominator, and where it stands against what is typical.

    Args:
        value: the figure, or "n/a", or a range where no point may be shown.
        basis: a chip for what is not plainly observed: attributed, incremental, assumed.
        details: denominator, interval: one line each.
        bullet: track with the typical band, where one is comparable.
        typical: the band in words, or that there is no comparable benchmark.
        state: in range, better, worse; `state_tone` colours the word.
    """

    name: str
    value: str
    tone: str
    basis: Chip | None
    details: tuple[Said, ...]
    bullet: Bullet | None
    typical: str | None
    state: str | None = None
    state_tone: str = "plain"
    remedy: Said | None = None


@dataclass(frozen=True, slots=True)
class KpiRow:
    """Cards under a title that is a finding."""

    title: str
    subtitle: str
    cards: tuple[KpiCard, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing under a title that is a finding; the subtitle says what is drawn and its unit."""

    title: str
    subtitle: str
    drawing: Drawing
    note: str | None = None
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title that is a finding. Tone "attr" marks figures that are not causal.

    `texts`: how many columns, from the first, hold words; the rest are figures. On a phone the words share one column.
    """

    title: str
    subtitle: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str | None = None
    tone: str = "plain"
    texts: int = 1


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do now, with the evidence for it."""

    label: str
    title: str
    sentences: tuple[str, ...]
    remedy: Said | None = None


@dataclass(frozen=True, slots=True)
class Callout:
    """Something to know before believing a figure. Tone: warn or info."""

    tone: str
    label: str
    title: Said
    body: Said | None = None


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is taken on faith, by name."""

    title: str
    items: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """How it was measured, what each KPI means, and what the report rests on.

    `definitions`: name, formula, denominator, source of the typical range.
    """

    title: str
    sentences: tuple[str, ...]
    definitions_label: str
    header: tuple[str, ...]
    definitions: tuple[tuple[Said, ...], ...]
    provenance: tuple[Fact, ...]


Block = Title | Situation | Actions | Verdict | KpiRow | Chart | Table | NextStep | Callout | Assumptions | Method

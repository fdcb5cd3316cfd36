"""The profit statement, month by month: what came in, what a rule attributes to messages, what it cost, what is left.

net revenue (all) │ attributed − cost of goods − cost = contribution after messaging │ cumulative
                    beside it, never in it: what experiments prove, refunds, discounts (a memo)

It is bookkeeping under a rule of attribution: what would have come anyway is in it. Only the experiments' part is proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from earnest.attribution.rule import stored_models
from earnest.definitions.campaign import UNASSIGNED
from earnest.definitions.days import Days
from earnest.definitions.periods import buckets, read_period
from earnest.kernel.declared import check_known
from earnest.kernel.errors import NotFound, UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, Money, exponent
from earnest.kernel.period import day_number, day_of
from earnest.usecases.cost_days import register_cost_day
from earnest.usecases.costs import full_ledger
from earnest.usecases.profit_findings import profit_findings
from earnest.usecases.profit_read import Figures, Scope, read_figures
from earnest.usecases.profit_statement import CostCell, ProfitRow, ProfitStatement, Proven
from earnest.usecases.profit_trials import proven
from earnest.usecases.tables import Tables, open_tables, quiet, read_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

GRAINS = ("day", "week", "month")
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class ProfitAsk:
    """What is asked for.

    Args:
        period: as `definitions.periods.read_period`; None is from the first to the last day on which anything happened.
        campaign, channel: only these messages; of a channel, campaigns that send over it alone.
        model: rule of attribution. constant_rate: convert everything by the rates of this day.
    """

    period: str | None = None
    by: str = "month"
    campaign: str | None = None
    channel: str | None = None
    model: str = "last_touch"
    constant_rate: date | None = None


def profit(
    workspace: Workspace, ask: ProfitAsk | None = None, *, as_of_us: int | None = None, progress: Progress = quiet
) -> ProfitStatement:
    """Compute the statement. Like `judge`, the first look at an experiment after its read-out day records its reading.

    Raises:
        UsageError: `bad-period`, `unknown-grain`, `no-such-model`, `two-filters`, `too-many-rows`. NotFound: `no-such-campaign`, `no-such-channel`.
    """
    asked = ask or ProfitAsk()
    _check(asked)
    with open_tables(workspace, as_of_us=as_of_us, progress=progress) as tables:
        return _statement(workspace, tables, asked, record=as_of_us is None)


def served_profit(workspace: Workspace, ask: ProfitAsk) -> ProfitStatement:
    """The statement by the tables as they stand, recording nothing: what a server answers, whose builder keeps them up.

    Raises:
        UsageError, NotFound: as `profit`.
    """
    with read_tables(workspace) as tables:
        return profit_in(workspace, tables, ask)


def profit_in(workspace: Workspace, tables: Tables, ask: ProfitAsk) -> ProfitStatement:
    """The statement by open tables, recording nothing.

    Raises:
        UsageError, NotFound: as `profit`.
    """
    _check(ask)
    return _statement(workspace, tables, ask, record=False)


def _check(ask: ProfitAsk) -> None:
    check_known(GRAINS, ask.by, what="grain", listed="Grains", refusal=(UsageError, "unknown-grain"))
    models = [model.id for model in stored_models()]
    refusal = UsageError, "no-such-model"
    check_known(models, ask.model, what="attribution model", listed="Rule models", refusal=refusal)
    if ask.campaign is not None and ask.channel is not None:
        raise UsageError(
            "two-filters",
            "a campaign and a channel were given",
            hint="Give one of them: a campaign has its own channels.",
        )


def _statement(workspace: Workspace, tables: Tables, ask: ProfitAsk, *, record: bool) -> ProfitStatement:
    book = full_ledger(tables, fx_day=ask.constant_rate)
    register_cost_day(tables, known=book)
    scope = _scope(tables, ask)
    days = _days(tables, ask)
    spans = buckets(days, ask.by) if days is not None else []
    if len(spans) > MOST_ROWS:
        raise UsageError(
            "too-many-rows",
            f"{len(spans):,} rows are more than {MOST_ROWS:,}",
            hint="Ask for a shorter --period, or --by month.",
        )
    billed = {line.campaign for line in book.lines if line.campaign and line.kind == "messaging" and not line.covers}
    figures = read_figures(tables, scope, days, model=ask.model, billed=billed)
    trials = proven(workspace, tables, scope, record=record)
    return ProfitStatement(
        currency=tables.state.currency,
        by=ask.by,
        model=ask.model,
        days=days,
        campaign=ask.campaign,
        channel=ask.channel,
        constant_rate=ask.constant_rate,
        rows=tuple(_rows(tables, spans, figures, trials)),
        findings=profit_findings(tables, scope, book, figures=figures, days=days),
    )


def _scope(tables: Tables, ask: ProfitAsk) -> Scope:
    """Which campaigns count; None is all, and what belongs to none."""
    con = tables.con
    met = {str(name) for (name,) in con.execute("SELECT DISTINCT campaign FROM label_campaign").fetchall()}
    if ask.campaign is not None:
        known = {*tables.state.campaigns, *met}
        hint = "See `earnest campaign list`."
        check_known(known, ask.campaign, what="campaign", hint=hint, refusal=(NotFound, "no-such-campaign"))
        return Scope((ask.campaign,))
    if ask.channel is None:
        return Scope(None)
    rows = con.execute(
        "SELECT l.campaign, list_sort(list(DISTINCT l.channel)) FROM label_campaign AS l"
        " JOIN (SELECT label_key FROM funnel_cell GROUP BY label_key HAVING sum(messages) > 0) AS f ON f.label_key = l.label_key GROUP BY l.campaign ORDER BY 1"
    ).fetchall()
    channels = sorted({str(channel) for _, told in rows for channel in told if channel})
    refusal = NotFound, "no-such-channel"
    check_known(channels, ask.channel, what="channel", listed="Channels with messages", refusal=refusal)
    alone = tuple(str(name) for name, told in rows if told == [ask.channel])
    mixed = tuple(str(name) for name, told in rows if ask.channel in told and len(told) > 1 and name != UNASSIGNED)
    return Scope(alone, mixed)


def _days(tables: Tables, ask: ProfitAsk) -> Days | None:
    """The days asked for, or all on which anything happened; None where nothing ever did."""
    if ask.period is not None:
        return read_period(ask.period, tables.day)
    row = tables.con.execute(
        "SELECT min(day), max(day) FROM (SELECT order_day AS day FROM conversion UNION ALL SELECT send_day FROM funnel_cell"
        " UNION ALL SELECT cost_day FROM cost_day)"
    ).fetchone()
    assert row is not None
    if row[0] is None:
        return None
    read = [one.read_out for one in tables.state.experiments.values() if one.read_out <= tables.day]
    return Days(day_of(int(row[0])), max([day_of(int(row[1])), *read]))


def _rows(tables: Tables, spans: Sequence[Days], figures: Figures, trials: Sequence[Proven]) -> list[ProfitRow]:
    """Money is rounded on the running sum of its column, so that each column adds up to its exact total."""
    currency = tables.state.currency
    micro = MICRO_PER_MAJOR // 10 ** exponent(currency)
    keys = sorted({key for by_key in figures.cost.values() for key in by_key})
    spent = {key: _running(_parts(figures.cost_of(key), spans, micro)) for key in keys}
    exact = [_goods(tables, span, figures.attributed) for span in spans]
    rounded = _running([Fraction(0) if isinstance(one, Unavailable) else one for one in exact])
    rows: list[ProfitRow] = []
    so_far: Money | Unavailable = Money(0, currency)
    unrated = 0
    for place, span in enumerate(spans):
        one = exact[place]
        goods = one if isinstance(one, Unavailable) else Money(rounded[place], currency)
        cells = tuple(CostCell(*key, Money(spent[key][place], currency)) for key in keys)
        row = _row(tables, span, figures, goods=goods, costs=cells, so_far=so_far)
        so_far, unrated = row.cumulative, unrated + row.unrated
        proven = tuple(one for one in trials if span.first <= one.read_out <= span.last)
        rows.append(replace(row, proven=proven, unrated_so_far=unrated))
    return rows


def _row(
    tables: Tables,
    span: Days,
    figures: Figures,
    *,
    goods: Money | Unavailable,
    costs: tuple[CostCell, ...],
    so_far: Money | Unavailable,
) -> ProfitRow:
    def money(by_day: dict[int, int]) -> Money:
        return Money(_within(by_day, span), tables.state.currency)

    attributed, cost = money(figures.attributed), Money(sum(cell.amount.minor for cell in costs), tables.state.currency)
    contribution = goods if isinstance(goods, Unavailable) else attributed - goods - cost
    if isinstance(so_far, Money):
        so_far = contribution if isinstance(contribution, Unavailable) else so_far + contribution
    return ProfitRow(
        days=span,
        net_revenue=money(figures.net),
        attributed=attributed,
        margins=tuple(sorted({str(one) for day in span if (one := tables.state.margin(day)) is not None})),
        cost_of_goods=goods,
        costs=costs,
        cost=cost,
        contribution=contribution,
        cumulative=so_far,
        refunds=money(figures.refunds),
        discounts=money(figures.discounts),
        unrated=_within(figures.unrated, span),
    )


def _parts(by_day: dict[int, int], spans: Sequence[Days], unit: int) -> list[Fraction]:
    return [Fraction(_within(by_day, span), unit) for span in spans]


def _within(by_day: dict[int, int], days: Days) -> int:
    first, last = day_number(days.first), day_number(days.last)
    return sum(amount for day, amount in by_day.items() if first <= day <= last)


def _goods(tables: Tables, days: Days, attributed: dict[int, int]) -> Fraction | Unavailable:
    """Cost of goods of the revenue attributed: by the margin in force on each order's day, in minor units, not rounded."""
    total = Fraction(0)
    for day in days:
        amount = attributed.get(day_number(day), 0)
        if not amount:
            continue
        margin = tables.state.margin(day)
        if margin is None:
            return Unavailable(
                "margin-missing",
                f"no gross margin is set for {day.isoformat()}, on which revenue is attributed",
                f"earnest setting set margin 0.38 --from {days.first.isoformat()} (with your own margin)",
            )
        total += amount * (1 - Fraction(margin))
    return total


def _running(parts: Sequence[Fraction]) -> list[int]:
    """Whole units whose running sums are the rounded running sums of the parts."""
    found, total, before = [], Fraction(0), 0
    for part in parts:
        total += part
        found.append(round(total) - before)
        before = round(total)
    return found

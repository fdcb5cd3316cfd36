"""Attribution of a workspace in a terminal: claims beside each other, then what was measured; claims are always called claims."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from earnest.attribution.presets import Preset, duration_text
from earnest.cli.tables import escape, figure_text, major, money, print_table, print_words, share
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.period import day_of, moment_of
from earnest.kernel.words import count

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.attribution_claims import Claims
    from earnest.usecases.attribution_compare import Comparison, ModelClaims
    from earnest.usecases.attribution_explain import Explained
    from earnest.usecases.attribution_measured import Calibration
    from earnest.usecases.attribution_overlap import Overlap
    from earnest.usecases.attribution_sensitivity import Sensitivity

_COLUMNS = ("last_touch", "linear", "evidence", "markov_1")
"""Models that stand as columns where all were asked for."""


def print_comparison(console: Console, found: Comparison) -> None:
    """Print every model's total, the claims of a few side by side with their spread, and what was measured."""
    windows = ", ".join(f"{kind} {width}" for kind, width in found.lookback.items()) or "no touch counts"
    when = f" · {found.days}" if found.days else ""
    console.print(
        escape(f"net revenue {money(found.net_revenue)} of {count(found.orders, 'order')}{when} · look-back: {windows}")
    )
    console.print("Claims are bookkeeping: the same orders, credited differently by each model.")
    console.print()
    _print_models(console, found)
    if found.campaign is None or found.by != "campaign":
        _print_units(console, found)
    else:
        _print_spread(console, found)
    _print_measured(console, found)
    _print_evidence(console, found)
    _print_survey(console, found)


def _print_models(console: Console, found: Comparison) -> None:
    """One row a model: of one campaign its claim, else what the model attributes in all."""
    one = found.campaign if found.by == "campaign" else None
    rows = [(told.model.id, *(_own_cells(told, one) if one else _total_cells(told))) for told in found.models]
    headers = (
        ("model", "would claim", "of attributed", "orders", "ROAS")
        if one
        else ("model", "attributed", "orders", "unattributed")
    )
    print_table(console, headers, rows, numbers=range(1, len(headers)))
    for told in found.models:
        if told.note and told.model.family != "path":
            console.print(escape(f"{told.model.id}: {told.note}"))
        if not told.model.conserves:
            console.print(
                escape(f"{told.model.id}: sums above 100 %, as every campaign of a journey gets the whole order")
            )
    if any(told.model.family == "path" for told in found.models):
        console.print(
            "Markov, Shapley, logistic: associations over journeys with and without orders, not what anything caused"
        )
    for model, reason in found.failed:
        console.print(escape(f"{model.id}: n/a, {reason.reason}"))
    console.print()


def _own_cells(told: ModelClaims, unit: str) -> tuple[str, ...]:
    own = next((claim for claim in told.claims if claim.unit == unit), None)
    if own is None:
        return ("–",) * 4
    return money(own.revenue), _share(own.share), f"{own.orders:,.1f}", figure_text(own.roas)


def _total_cells(told: ModelClaims) -> tuple[str, ...]:
    orders = sum(claim.orders for claim in told.claims)
    rest = money(told.unattributed) if told.unattributed is not None else "–"
    return money(told.attributed), f"{orders:,.1f}", rest


def _print_units(console: Console, found: Comparison) -> None:
    known = {told.model.id: told for told in found.models}
    columns = (
        [known[name] for name in _COLUMNS if name in known] if len(known) > len(_COLUMNS) else list(known.values())
    )
    spread = {one.unit: one for one in found.spreads if one.among == "rules"}
    units = list(dict.fromkeys([*spread, *(claim.unit for told in columns for claim in told.claims)]))
    rows = []
    for unit in units:
        one = spread.get(unit)
        ends = f"{money(one.lowest)} – {money(one.highest)}" if one else "–"
        rows.append((unit, *(_claim(told, unit) for told in columns), ends))
    headers = (
        found.by.replace("_", " "),
        *(f"{told.model.id.replace('_', ' ')}\nclaims" for told in columns),
        "spread over\nrule models",
    )
    print_table(console, headers, rows, numbers=range(1, len(headers)))
    console.print()


def _print_spread(console: Console, found: Comparison) -> None:
    for one in found.spreads:
        among = "models that credit orders" if one.among == "rules" else "all models"
        low, high = f"{money(one.lowest)} ({one.lowest_model})", f"{money(one.highest)} ({one.highest_model})"
        console.print(escape(f"spread over {among}: {low} to {high}"))
    console.print()


def _claim(told: ModelClaims, unit: str) -> str:
    own = next((claim for claim in told.claims if claim.unit == unit), None)
    return money(own.revenue) if own else "–"


def _share(value: float | None) -> str:
    return share(value) if value is not None else "–"


def _print_measured(console: Console, found: Comparison) -> None:
    if not found.calibrated:
        return
    rows = [(one.campaign, money(one.claimed), *_measured(one)) for one in found.calibrated]
    headers = ("campaign", "claimed", "measured extra revenue", "calibration factor", "claim × factor")
    print_table(console, headers, rows, numbers=(1,))
    if any(one.pooled for one in found.calibrated):
        console.print("~ factor of the other campaigns of the same purpose that have a hold-out: assumed to carry over")
    console.print()


def _measured(one: Calibration) -> tuple[str, str, str]:
    """Range alone where the interval holds 0 or the experiment still runs: then nothing is proven."""
    figure, factor, calibrated = one.read.incremental, one.factor, one.calibrated
    if not isinstance(factor, Estimate) or not isinstance(calibrated, Estimate):
        assert isinstance(factor, Unavailable)
        told = _interval(figure, point=one.proven) if isinstance(figure, Estimate) else f"n/a ({figure.code})"
        return told, f"n/a ({factor.code})", "–"
    mark = "~ " if one.pooled else ""
    point = bool(one.pooled) or one.proven
    measured = _interval(figure, point=point) if isinstance(figure, Estimate) else "–"
    return measured, mark + _interval(factor, point=point), mark + _interval(calibrated, point=point)


def _interval(figure: Estimate, *, point: bool) -> str:
    def text(value: float) -> str:
        return f"{value:,.2f}".replace("-", "−") if figure.unit == "ratio" else major(value, figure.unit)

    span = f"[{text(figure.low or 0.0)}, {text(figure.high or 0.0)}]"
    return f"{text(figure.value)} {span}" if point else span


def _print_evidence(console: Console, found: Comparison) -> None:
    if not found.evidence or (found.campaign is not None):
        return
    from earnest.usecases.attribution_evidence import RUNGS

    rows = [(one.rung, RUNGS[one.rung], f"{one.orders:,}", money(one.revenue)) for one in found.evidence]
    print_table(console, ("rung", "best evidence of each order", "orders", "net revenue"), rows, numbers=(2, 3))
    console.print()


def _print_survey(console: Console, found: Comparison) -> None:
    if isinstance(found.survey, Unavailable):
        return
    rows = [
        (
            one.unit,
            _survey_share(one.share),
            f"{share(one.bounds[0])} to {share(one.bounds[1])}",
            f"{one.answers:,} of {one.invited:,}",
        )
        for one in found.survey
    ]
    print_table(
        console, (found.by, "say it brought them", "if the silent had answered", "answered"), rows, numbers=(3,)
    )
    console.print("Shares of answers, never orders: what people remember, not what moved them.")


def _survey_share(figure: Estimate | Unavailable) -> str:
    if not isinstance(figure, Estimate):
        return f"n/a ({figure.code})"
    from earnest.usecases.survey_answers import FEWEST

    span = f"[{share(figure.low or 0.0)}, {share(figure.high or 0.0)}]"
    return f"{share(figure.value)} {span}" if (figure.n or 0) >= FEWEST else span


def print_presets(console: Console, found: Sequence[Preset]) -> None:
    """Print each preset's windows, whose they are, and what is not reproduced."""
    for one in found:
        console.print(f"[bold]{escape(one.id)}[/bold]  {escape(one.credit)}")
        if not one.reproducible:
            console.print(escape(f"  {one.differs[0]}"))
            continue
        for channel, kinds in one.windows.items():
            told = ", ".join(f"{kind} {duration_text(width)}" for kind, width in kinds.items())
            console.print(escape(f"  {channel}: {told}"))
        if one.coupon:
            console.print(escape(f"  coupon: {duration_text(one.coupon.window_us)}, {one.coupon.when}"))
        begins = "the sending" if one.starts == "send" else "the touch"
        without = "counts without any click" if one.without_click else "counts clicks alone"
        console.print(escape(f"  {one.model.replace('_', ' ')}, window from {begins}, {without}"))
        for differs in one.differs:
            console.print(escape(f"  differs: {differs}"), style="dim")
        print_words(console, f"  {' · '.join(one.sources)}", style="dim")


def print_claims(console: Console, found: Claims) -> None:
    """Print what each preset would claim, then the items by which each differs from the first."""
    console.print(escape(f"net revenue {money(found.net_revenue)} of {count(found.orders, 'order')}"))
    rows = [(one.name, money(one.claimed), f"{one.orders:,}", _share(one.share)) for one in found.claims]
    print_table(console, ("preset", "would claim", "orders", "of net revenue"), rows, numbers=(1, 2, 3))
    for each in found.differences:
        console.print()
        console.print(escape(f"{each.one} less {each.other}: {money(each.difference)}"))
        if not each.items:
            console.print("  the same orders for the same campaigns")
            continue
        from earnest.usecases.attribution_claims import REASONS

        who = {"one": f"only {each.one}", "other": f"only {each.other}", "moved": "both, other campaign"}
        items = [(who[one.side], REASONS[one.reason], f"{one.orders:,}", money(one.revenue)) for one in each.items]
        print_table(console, ("claimed by", "because of", "orders", "revenue"), items, numbers=(2, 3))
    for one in found.claims:
        if one.preset:
            print_words(console, f"{one.name}: {one.preset.credit}", style="dim")


def print_sensitivity(console: Console, found: Sensitivity) -> None:
    """Print claims by window and kind of touch: a row a kind."""
    who = f" of {found.campaign}" if found.campaign else ""
    now = ", ".join(f"{kind} {width}" for kind, width in found.lookback.items())
    console.print(
        escape(
            f"{found.model.replace('_', ' ')} claims{who} · net revenue {money(found.net_revenue)} · in force: {now}"
        )
    )
    windows = list(dict.fromkeys(cell.window_us for cell in found.cells))
    kinds = list(dict.fromkeys(cell.kind for cell in found.cells))
    rows = [(kind, *(money(found.cell(kind, width).claimed, decimals=False) for width in windows)) for kind in kinds]
    headers = ("touch", *(duration_text(width) for width in windows))
    print_table(console, headers, rows, numbers=range(1, len(headers)))


def print_overlap(console: Console, found: Overlap) -> None:
    """Print the ratio, what each tool claims, and the orders claimed more than once."""
    console.print(
        escape(f"claimed by all tools {money(found.claimed)} of {money(found.net_revenue)}: {figure_text(found.ratio)}")
    )
    console.print(
        escape(
            f"claimed at least once {money(found.once)}, claimed again {money(found.twice)}: {count(found.shared_count, 'order')} of several tools"
        )
    )
    console.print()
    rows = [
        (one.tool, one.rule, money(one.claimed), f"{one.orders:,}", money(one.shared_revenue), f"{one.shared_orders:,}")
        for one in found.tools
    ]
    headers = ("tool", "rule", "claims alone", "orders", "also claimed\nby others", "orders")
    print_table(console, headers, rows, numbers=(2, 3, 4, 5))
    if found.shared:
        console.print()
        shared = [
            (
                one.order or "–",
                day_of(one.day).isoformat(),
                money(one.net),
                ", ".join(f"{each.tool}: {each.campaign} ({each.touch})" for each in one.claimants),
            )
            for one in found.shared
        ]
        print_table(console, ("order", "day", "net revenue", "claimed by"), shared, numbers=(2,))


def print_overlap_csv(found: Overlap) -> None:
    """Write a row for each order and tool that claims it."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("order", "day", "net_revenue", "tool", "campaign", "touch", "touched_at", "credit", "currency"))
    for one in found.shared:
        for each in one.claimants:
            at = moment_of(each.touch_us).isoformat(timespec="seconds")
            writer.writerow(
                (
                    one.order or "",
                    day_of(one.day).isoformat(),
                    one.net.decimal,
                    each.tool,
                    each.campaign,
                    each.touch,
                    at,
                    each.credit.decimal,
                    one.net.currency,
                )
            )


def print_credit(console: Console, found: Explained) -> None:
    """Print a claim's sum and its rows."""
    console.print(
        escape(
            f"{found.model.label} would claim {money(found.total)} for {found.campaign}: {count(found.orders, 'order')}"
        )
    )
    console.print(escape(found.model.definition), style="dim")
    rows = [
        (
            row.order or "–",
            day_of(row.day).isoformat(),
            money(row.net),
            row.touch,
            f"{moment_of(row.touch_us):%Y-%m-%d %H:%M}Z" if row.touch_us is not None else "–",
            f"{row.weight:.4g}",
            money(row.credit),
        )
        for row in found.rows
    ]
    print_table(
        console, ("order", "day", "net revenue", "touch", "touched", "weight", "credit"), rows, numbers=(2, 5, 6)
    )
    if found.count > len(found.rows):
        console.print(escape(f"… and {found.count - len(found.rows):,} more"), style="dim")


def print_credit_csv(found: Explained) -> None:
    """Write all rows."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("order", "day", "net_revenue", "message", "touch", "touched_at", "weight", "credit", "currency"))
    for row in found.rows:
        at = moment_of(row.touch_us).isoformat(timespec="seconds") if row.touch_us is not None else ""
        writer.writerow(
            (
                row.order or "",
                day_of(row.day).isoformat(),
                row.net.decimal,
                row.message or "",
                row.touch,
                at,
                f"{row.weight:.6g}",
                row.credit.decimal,
                row.credit.currency,
            )
        )

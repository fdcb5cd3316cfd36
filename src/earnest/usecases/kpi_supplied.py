"""Figures of KPIs that are neither a sum nor a ratio of sums: who supplies each, for the workspace or one campaign.

experiment  the hold-out's read-out          median   order statistics of times
margin      the gross margin in force        cohort   customers by their first order
coupon      who redeemed                     quality  days by what the provider said
overlap     claims of each channel's tool    audit    the data checks
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from scipy import stats

from earnest.audit.check import checks
from earnest.audit.ground import Ground
from earnest.audit.run import run_checks
from earnest.audit.score import part_scores, score_of
from earnest.incrementality.intervals import wilson_limits
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.period import day_of
from earnest.kpis.dimensions import Filter
from earnest.kpis.kpi import Kpi, Scope, absent, incomplete_cost
from earnest.usecases.campaigns_met import check_met
from earnest.usecases.customer_value import cohort_figure
from earnest.usecases.judge_lines import kpi_scope
from earnest.usecases.judge_money import NO_HOLDOUT, NO_MARGIN
from earnest.usecases.kpi_scopes import scope_over
from earnest.usecases.kpi_sums import Cut, sums
from earnest.usecases.measure import Measured, connected, measure_all
from earnest.usecases.quality_ground import lay_ground
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Supply:
    """What a supplier is asked.

    Args:
        campaign: None for the whole workspace. measured: of the campaign. known: of all campaigns, {} for the whole workspace.
        ground: of the data audit, where it is laid for several campaigns at once.
    """

    workspace: Workspace
    tables: Tables
    kpi: Kpi
    campaign: str | None
    measured: Measured | None
    scope: Scope
    known: Mapping[str, Measured] = field(default_factory=dict)
    ground: Ground | None = None


def supply_all(workspace: Workspace, tables: Tables, kpi: Kpi, campaigns: Sequence[str]) -> dict[str, Figure]:
    """The figures of a KPI that a use case supplies, of campaigns: measured once, audited once.

    Raises:
        NotFound: `no-such-campaign`.
    """
    known = measure_all(tables)
    ground = lay_ground(tables, workspace) if kpi.supplied_by == "audit" else None
    return {name: supply(workspace, tables, kpi, campaign=name, known=known, ground=ground) for name in campaigns}


def supply(
    workspace: Workspace,
    tables: Tables,
    kpi: Kpi,
    *,
    campaign: str | None = None,
    known: Mapping[str, Measured] | None = None,
    ground: Ground | None = None,
) -> Figure:
    """The figure of a KPI that a use case supplies.

    Args:
        known: `measure_all`, where it is at hand. ground: as in `Supply`.

    Unavailable: as `kpis.kpi.absent`; `margin-missing`, `too-young`, `no-holdout`, `needs-campaign`, `needs-kpi` …

    Raises:
        NotFound: `no-such-campaign`.
    """
    assert kpi.measures is None, f"{kpi.id} comes from measures"
    known = {} if campaign is None else measure_all(tables) if known is None else known
    if campaign is not None:
        check_met(known, campaign)
    measured = known[campaign] if campaign is not None else None
    level = float(tables.state.setting("level", tables.day) or "0.95")
    scope = kpi_scope(tables, measured, level) if measured else whole_scope(tables, level)
    if (why := absent(kpi, scope)) is not None:
        return why
    assert kpi.supplied_by is not None
    return SUPPLIERS[kpi.supplied_by](Supply(workspace, tables, kpi, campaign, measured, scope, known, ground))


def whole_scope(tables: Tables, level: float) -> Scope:
    """The scope of everything in the workspace."""
    rows = tables.con.execute("SELECT DISTINCT channel FROM label_campaign WHERE channel IS NOT NULL").fetchall()
    channels = sorted(str(row[0]) for row in rows)
    told = connected(tables.state, heard=tables.manifest.facts.get("heard", ()))
    told |= frozenset({"message"} if channels else ())
    return scope_over(tables, "the whole workspace", told, level=level, channels=channels)


def _experiment(asked: Supply) -> Figure:
    """The read-out as the campaign's story tells it, but nothing of a trial whose read-out nobody has recorded."""
    from earnest.usecases.attribution_measured import read_out
    from earnest.usecases.judge import story_of

    if asked.campaign is None or asked.measured is None:
        return Unavailable(
            "needs-campaign",
            "experiments of different campaigns do not add up",
            f"Ask for one: earnest kpi show {asked.kpi.id} --campaign ID",
        )
    experiment = asked.tables.state.experiment_of(asked.campaign)
    if experiment is None:
        return NO_HOLDOUT
    read = read_out(asked.workspace, asked.tables, asked.measured, record=False)
    own = {"incrementality_factor": read.factor, "incremental_revenue": read.incremental}
    if asked.kpi.id in own:
        figure = own[asked.kpi.id]
    else:
        story = story_of(asked.workspace, asked.tables, dict(asked.known), asked.campaign, record=False)
        figure = story.returns[asked.kpi.id]
    if read.running and (isinstance(figure, Estimate) or figure.code == "running"):
        return Unavailable(
            "running",
            f"the experiment {experiment.id} has not been read out: that is done once, on {experiment.read_out} or later",
            f"When its outcome window is over: earnest experiment show {experiment.id}",
        )
    if isinstance(figure, Unavailable):
        return figure
    return replace(figure, definition=asked.kpi.definition, basis=asked.kpi.basis)


def _margin(asked: Supply) -> Figure:
    tables = asked.tables
    first = asked.measured.first_day if asked.measured else None
    margin = tables.state.margin(day_of(first) if first is not None else tables.day)
    if margin is None:
        return NO_MARGIN
    filters = (Filter("campaign", (asked.campaign,)),) if asked.campaign else ()
    found = sums(tables, ("attributed_micro", "cost_micro", "unrated", "unconverted"), Cut(filters=filters))[()].sums
    if (why := incomplete_cost(found["unrated"], found["unconverted"])) is not None:
        return why
    if found["cost_micro"] <= 0:
        return Unavailable(
            "empty-denominator", "there is no total cost to divide by", "Add the costs: earnest cost add."
        )
    value = Decimal(found["attributed_micro"]) * margin / Decimal(found["cost_micro"]) - 1
    return _figure(asked, float(value), "ratio")


def _median(asked: Supply) -> Figure:
    """Lower median of the minutes from delivery to read, and its order-statistic interval."""
    where = "WHERE l.campaign = $1" if asked.campaign else ""
    given = [asked.campaign] if asked.campaign else []
    timed = (
        "SELECT m.read_us - m.delivered_us AS us FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key"
        f" {where} {'AND' if where else 'WHERE'} m.read_us > m.delivered_us"
    )
    row = asked.tables.con.execute(f"SELECT count(*) FROM ({timed})", given).fetchone()
    n = int(row[0]) if row else 0
    if n == 0:
        return Unavailable("empty-denominator", "no message has both receipts", "Wait for data.")
    cut = int(stats.binom.ppf((1 - asked.scope.level) / 2, n, 0.5))
    ranks = sorted({(n + 1) // 2, max(cut, 1), n + 1 - max(cut, 1)})
    told = asked.tables.con.execute(
        f"SELECT place, us FROM (SELECT us, row_number() OVER (ORDER BY us) AS place FROM ({timed}))"
        f" WHERE place IN ({', '.join(map(str, ranks))})",
        given,
    ).fetchall()
    minutes = {int(place): int(us) / 60_000_000 for place, us in told}
    ends = (minutes[cut], minutes[n + 1 - cut]) if cut else None
    return _figure(asked, minutes[(n + 1) // 2], "minutes", n=n, interval=ends, method="order statistics")


def _coupon(asked: Supply) -> Figure:
    from earnest.usecases.coupon_orders import bind_redeemed

    coupons = [one.id for one in asked.tables.state.coupons.values() if asked.campaign in (None, one.campaign)]
    if not coupons:
        return Unavailable(
            "no-coupon",
            "no coupon is declared for it",
            f"earnest coupon add NAME --campaign {asked.campaign or 'ID'} --code CODE",
        )
    bind_redeemed(asked.tables, asked.workspace)
    listed = ", ".join("?" for _ in coupons)
    row = asked.tables.con.execute(
        "SELECT count(DISTINCT (a.coupon, a.person)), count(DISTINCT (a.coupon, a.person)) FILTER (WHERE r.person IS NOT NULL)"
        " FROM addressed AS a LEFT JOIN (SELECT DISTINCT coupon, person FROM redeemed WHERE standing = 'inside') AS r"
        f" ON a.coupon = r.coupon AND a.person = r.person WHERE a.delivered AND a.coupon IN ({listed})",
        coupons,
    ).fetchone()
    reached, used = (int(row[0]), int(row[1])) if row else (0, 0)
    if reached == 0:
        return Unavailable("empty-denominator", "no message of it has reached anybody", "Wait for data.")
    ends = wilson_limits(used, reached, asked.scope.level)
    return _figure(asked, used / reached, "share", n=reached, interval=ends, method="wilson")


def _quality(asked: Supply) -> Figure:
    """Time × templates that were green since their quality was first told; `unknown` is no quality."""
    own = "WHERE subject IN (SELECT template FROM label_campaign WHERE campaign = $2)" if asked.campaign else ""
    given: list[object] = [asked.tables.as_of_us, *([asked.campaign] if asked.campaign else [])]
    row = asked.tables.con.execute(
        "WITH told AS (SELECT DISTINCT subject, upper(name) AS score, occurred_us AS at_us FROM event_notice"
        " WHERE topic = 'message_template_quality_update' AND subject IS NOT NULL),"
        " span AS (SELECT subject, score, COALESCE(lead(at_us) OVER (PARTITION BY subject ORDER BY at_us, score), $1) - at_us AS us FROM told)"
        " SELECT count(DISTINCT subject), sum(us), sum(us) FILTER (WHERE score = 'GREEN') FROM"
        f" (SELECT * FROM span WHERE score IN ('GREEN', 'YELLOW', 'RED')) {own}",
        given,
    ).fetchone()
    if row is None or not row[1]:
        return Unavailable(
            "no-source",
            "the provider has told no quality of its templates",
            "Subscribe to the webhook field message_template_quality_update.",
        )
    return _figure(asked, int(row[2] or 0) / int(row[1]), "share", n=int(row[0]))


def _cohort(asked: Supply) -> Figure:
    found = cohort_figure(asked.tables, asked.kpi.id, asked.campaign, level=asked.scope.level)
    if isinstance(found, Unavailable):
        return found
    return _figure(asked, found.value, found.unit, n=found.n, interval=found.interval, method=found.method)


def _overlap(asked: Supply) -> Figure:
    from earnest.usecases.attribution_overlap import overlap_of

    if asked.campaign is not None:
        return _whole_only(asked)
    return overlap_of(asked.tables, asked.workspace, limit=0).ratio


def _audit(asked: Supply) -> Figure:
    """The score of `earnest quality show`, without its grade and the interval of the total."""
    ground = asked.ground or lay_ground(asked.tables, asked.workspace)
    score = score_of(part_scores(run_checks(ground, checks(), campaign=asked.campaign)))
    return _figure(asked, float(score), "score")


def _position(asked: Supply) -> Figure:
    where = asked.campaign or "ID"
    return Unavailable(
        "needs-kpi",
        "a standing is that of another KPI",
        f"Ask for one: earnest benchmark position KPI --campaign {where}",
    )


def _whole_only(asked: Supply) -> Unavailable:
    return Unavailable(
        "whole-workspace-only",
        f"{asked.kpi.id} is of the whole workspace, never of a campaign",
        "Leave --campaign out.",
    )


def _figure(
    asked: Supply,
    value: float,
    unit: str,
    *,
    n: int | None = None,
    interval: tuple[float, float] | None = None,
    method: str = "exact",
) -> Estimate:
    low, high = interval or (None, None)
    return Estimate(
        value, unit, low, high, asked.scope.level if interval else None, method if interval else "exact", n,
        asked.scope.population, asked.scope.period, asked.kpi.basis, asked.kpi.definition, asked.scope.as_of,
    )  # fmt: skip


SUPPLIERS: dict[str, Callable[[Supply], Figure]] = {
    "experiment": _experiment,
    "margin": _margin,
    "median": _median,
    "coupon": _coupon,
    "quality": _quality,
    "cohort": _cohort,
    "overlap": _overlap,
    "audit": _audit,
    "position": _position,
}
"""Who supplies what `Kpi.supplied_by` names."""

"""How the effect of a defect is found: leave the rows out, bound it, take off what coincidence explains, or predict what is missing."""

from __future__ import annotations

import math

from scipy import stats

from earnest.audit.check import EffectRule
from earnest.audit.effect import ZERO, Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.audit.recompute import changes, incremental, squares
from earnest.kernel.estimate import Unavailable


def left_out(ground: Ground, rows: str) -> Effects | Unavailable:
    """Exact: the figures as they stand, less those without the rows (or with the corrected values the rows tell)."""
    return Effects(changes(ground, rows))


def at_most(ground: Ground, rows: str) -> Effects | Unavailable:
    """Bounds: between nothing (the rows are right after all) and all that leaving them out takes away."""
    return Effects({name: _between_nothing(change) for name, change in changes(ground, rows).items()}, "bounds")


def no_money(code: str, reason: str, remedy: str) -> EffectRule:
    """The defect moves no figure of money, or nobody can say by how much."""

    def effect(_ground: Ground, _rows: str) -> Effects | Unavailable:
        return Unavailable(code, reason, remedy)

    return effect


def less_chance(placebo: str) -> EffectRule:
    """Leave the rows out, but for the share of them that coincidence alone explains.

    `found` rows and `placebo` coincidences in windows `windows` times as wide, where nothing but coincidence puts them: by chance
    λ = placebo / windows of the found are right. The interval takes in that λ is estimated (Gamma(placebo + 0.5, windows), of
    Jeffreys' prior), that coincidences vary around it (Poisson), and that nobody knows which rows they are.

    Args:
        placebo: SELECT of one row: coincidences counted, and how many times as wide their window is.
    """

    def effect(ground: Ground, rows: str) -> Effects | Unavailable:
        counted, windows = ground.con.execute(placebo).fetchone() or (0, 1)
        found = ground.con.execute(f"SELECT count(*) FROM {rows}").fetchone()
        assert found is not None
        share = true_share(int(found[0]), int(counted), float(windows), ground.level)
        whole = changes(ground, rows)
        z = float(stats.norm.ppf((1 + ground.level) / 2)) / ground.minor_per_major
        picked = {
            name: z * math.sqrt(share.value * (1 - share.value) * square) for name, square in squares(ground).items()
        }
        found_by = {name: change.scaled(share).wider(picked.get(name, 0.0)) for name, change in whole.items()}
        return Effects(found_by, "chance", share.value)

    return effect


def true_share(found: int, placebo: int, windows: float, level: float) -> Range:
    """Share of the found rows that coincidence does not explain, 0 to 1.

    The found ones vary too: of n, some Poisson(λ) are coincidences, so the ends take λ's own interval and its Poisson spread.
    """
    tail = (1 - level) / 2
    rate = placebo / windows
    prior = 0.5
    low = stats.nbinom.ppf(tail, placebo + prior, windows / (windows + 1))
    high = stats.nbinom.ppf(1 - tail, placebo + prior, windows / (windows + 1))

    def share(chance: float) -> float:
        return max(0.0, 1 - chance / found) if found else 0.0

    return Range(share(rate), share(float(high)), share(float(low)))


def predicted_credit(ground: Ground, rows: str) -> Effects | Unavailable:
    """What orders that nobody can be credited for would have brought: as much as the known orders of the same day did.

    Args:
        rows: orders without a contact, with their net revenue and day (`at_us`).

    The variance is that of a ratio estimate predicted for other units, day by day, and half a credited order for small counts.

    Assumes: missing at random within a day.
    """
    found = ground.con.execute(_MISSING_CREDIT.format(rows=rows)).fetchall()
    z = stats.norm.ppf((1 + ground.level) / 2)
    scale = ground.minor_per_major
    extra = _missing_increment(ground, rows)
    effects: dict[str, Change] = {}
    for name, value, variance in found:
        spread = float(z) * math.sqrt(max(0.0, float(variance or 0)))
        middle = -float(value or 0)
        attributed = Range(middle / scale, (middle - spread) / scale, (middle + spread) / scale)
        effects[str(name)] = Change(attributed, ZERO, extra.get(str(name)))
    return Effects(effects, "prediction")


def _missing_increment(ground: Ground, rows: str) -> dict[str, Range]:
    """Incremental revenue is too small by the share of revenue that nobody is known for."""
    row = ground.con.execute(
        f"SELECT COALESCE(sum(amount_minor), 0), (SELECT sum(net_minor) FROM conversion WHERE cancelled = 0) FROM {rows}"
    ).fetchone()
    assert row is not None
    missing, whole = float(row[0]), float(row[1] or 0)
    if whole <= missing:
        return {}
    factor = 1 - 1 / (1 - missing / whole)
    known = incremental(ground)
    return {name: Range.exact(minor / ground.minor_per_major * factor) for name, minor in known.items()}


def missing_cost(priced: str) -> EffectRule:
    """What messages without a price cost: as much as the priced ones of the campaign, on average; else those of its channel.

    Args:
        priced: SELECT of campaign, channel, price_micro: the messages to learn from.
    """

    def effect(ground: Ground, rows: str) -> Effects | Unavailable:
        found = ground.con.execute(_LEARNT.format(rows=rows, priced=priced)).fetchall()
        unknown = [str(name) for name, _, n, _, _ in found if not n]
        if unknown:
            return Unavailable(
                "no-price-known",
                f"no message of '{unknown[0]}' or its channel has a price, so what it cost cannot be told from others",
                "Add the provider's bill: earnest cost add --kind messaging --amount … --from FIRST-DAY --covers messaging",
            )
        z = float(stats.norm.ppf((1 + ground.level) / 2))
        return Effects({str(row[0]): _predicted(z, row[1:]) for row in found}, "prediction")

    return effect


def _predicted(z: float, row: tuple[int, int, float, float]) -> Change:
    messages, n, mean, variance = row
    middle = -messages * mean / 1e6
    spread = z * math.sqrt(messages * variance * (1 + messages / n)) / 1e6
    return Change(ZERO, Range(middle, middle - spread, middle + spread))


def _between_nothing(change: Change) -> Change:
    extra = Range.between(0, change.incremental.value) if change.incremental is not None else None
    return Change(Range.between(0, change.attributed.value), Range.between(0, change.cost.value), extra)


_LEARNT = """WITH priced AS ({priced}), asked AS (
    SELECT r.campaign, any_value(l.channel) AS channel, count(*) AS messages FROM {rows} AS r JOIN message AS m ON r.key = m.message_key
    JOIN label_campaign AS l ON m.label_key = l.label_key GROUP BY r.campaign
), own AS (
    SELECT campaign, count(*) AS n, avg(price_micro) AS mean, var_pop(price_micro) AS variance FROM priced GROUP BY campaign
), others AS (
    SELECT channel, count(*) AS n, avg(price_micro) AS mean, var_pop(price_micro) AS variance FROM priced GROUP BY channel
)
SELECT a.campaign, a.messages, COALESCE(o.n, c.n), COALESCE(o.mean, c.mean), COALESCE(o.variance, c.variance)
FROM asked AS a LEFT JOIN own AS o ON a.campaign = o.campaign LEFT JOIN others AS c ON a.channel = c.channel ORDER BY a.campaign"""

_MISSING_CREDIT = """WITH known AS (
    SELECT c.order_key, c.order_day, c.net_minor AS x FROM conversion AS c WHERE c.contact_key IS NOT NULL AND c.cancelled = 0
), credited AS (
    SELECT l.campaign, k.order_key, CAST(k.credit_minor AS DOUBLE) AS y FROM credit AS k JOIN label_campaign AS l ON k.label_key = l.label_key
    WHERE k.model = 'last_touch' AND k.message_key IS NOT NULL
), missing AS (
    SELECT c.order_day, count(*) AS n, CAST(sum(c.net_minor) AS DOUBLE) AS x FROM {rows} AS r JOIN conversion AS c ON r.key = c.order_key
    WHERE c.cancelled = 0 GROUP BY c.order_day
), days AS (
    SELECT k.order_day, count(*) AS n, CAST(sum(k.x) AS DOUBLE) AS x FROM known AS k GROUP BY k.order_day HAVING sum(k.x) > 0
), shares AS (
    SELECT c.campaign, k.order_day, sum(c.y) AS y FROM credited AS c JOIN known AS k ON c.order_key = k.order_key GROUP BY ALL
), fitted AS (
    SELECT s.campaign, s.order_day, s.y / d.x AS p, d.n AS n, d.x AS x FROM shares AS s JOIN days AS d ON s.order_day = d.order_day
), errors AS (
    SELECT f.campaign, f.order_day, sum(power(COALESCE(c.y, 0) - f.p * k.x, 2)) AS square, any_value(f.n) AS n
    FROM fitted AS f JOIN known AS k ON f.order_day = k.order_day
    LEFT JOIN credited AS c ON k.order_key = c.order_key AND f.campaign = c.campaign GROUP BY ALL
), single AS (
    SELECT campaign, avg(y * y) / 2 AS square FROM credited GROUP BY campaign
)
SELECT f.campaign, sum(f.p * m.x) AS value, sum(e.square / greatest(e.n - 1, 1) * (m.n + m.n * m.n / f.n)) + any_value(s.square) AS variance
FROM fitted AS f JOIN missing AS m ON f.order_day = m.order_day
JOIN errors AS e ON f.campaign = e.campaign AND f.order_day = e.order_day JOIN single AS s ON f.campaign = s.campaign
GROUP BY f.campaign ORDER BY f.campaign"""

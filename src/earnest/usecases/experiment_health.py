"""Health checks of an experiment: what must hold before a difference may be believed.

They read the temporary table `unit` that reading the experiment has made.
"""

from __future__ import annotations

from collections.abc import Mapping

from earnest.definitions.experiment import Experiment
from earnest.incrementality.sample_ratio import SampleRatio, sample_ratio
from earnest.kernel.finding import Finding, Severity
from earnest.kernel.period import DAY_US, moment_of
from earnest.usecases.tables import Tables

TOLERATED = 0.01
"""Share of misplaced units or messages up to which a comparison is shown, with a warning."""
_FEED_DAYS = 14


def health(
    tables: Tables, experiment: Experiment, units: Mapping[str, int], *, closed_us: int | None
) -> tuple[list[Finding], SampleRatio | None]:
    """Check an experiment.

    Args:
        units: arm → units assigned.
        closed_us: end of the last outcome window once it has passed, None while it runs.
    """
    findings: list[Finding] = []
    if not units:
        findings.append(
            Finding(
                "no-assignments",
                "blocks",
                f"nobody is assigned to experiment '{experiment.id}'",
                f"Import who was held out: earnest import run FILE --as assignments --map experiment=={experiment.id}",
            )
        )
        return findings, None
    strange = sorted(set(units) - set(experiment.shares))
    absent = sorted(set(experiment.shares) - set(units))
    if strange or absent:
        words = [f"'{arm}' is not planned" for arm in strange] + [f"'{arm}' has no units" for arm in absent]
        findings.append(
            Finding(
                "arms-differ-from-plan",
                "blocks",
                "; ".join(words),
                "Correct the arms of the experiment or of the file.",
                facts={"strange": strange, "absent": absent},
            )
        )
        return findings, None
    ratio = sample_ratio(dict(units), {arm: float(share) for arm, share in experiment.arms})
    assert isinstance(ratio, SampleRatio)
    if mismatch := ratio.finding():
        findings.append(mismatch)
    findings.extend(_contamination(tables, experiment, held_out=units[experiment.control]))
    findings.extend(_delivery(tables, experiment))
    if closed_us is not None:
        findings.extend(_silent_feed(tables, closed_us))
    return findings, ratio


def _contamination(tables: Tables, experiment: Experiment, *, held_out: int) -> list[Finding]:
    """Units in two arms, units of two arms that are one person, and held-out units that got the campaign's messages all the same."""
    row = tables.con.execute(
        "SELECT count(*) FILTER (WHERE own_arms > 1), count(*) FILTER (WHERE arms > 1 AND own_arms = 1), count(*) FROM unit"
    ).fetchone()
    assert row is not None
    twice, merged, assigned = (int(figure) for figure in row)
    reached = tables.con.execute(
        """SELECT count(DISTINCT u.contact_key) FROM unit AS u
        JOIN message AS m ON u.contact_key = m.contact_key AND m.delivered_us >= u.assigned_us AND m.delivered_us < u.assigned_us + $1
        JOIN label_campaign AS l ON m.label_key = l.label_key
        WHERE u.arm = $2 AND l.campaign = $3""",
        [experiment.window_us, experiment.control, experiment.campaign],
    ).fetchone()
    assert reached is not None
    found = []
    for code, count, of, words in (
        ("unit-in-two-arms", twice, assigned, "units were assigned to more than one arm"),
        ("merged-across-arms", merged, assigned, "units of different arms turned out to be one person"),
        ("hold-out-messaged", int(reached[0]), held_out, "held-out units got the campaign's messages"),
    ):
        if count:
            severity: Severity = "blocks" if count > TOLERATED * of else "warns"
            found.append(
                Finding(
                    code,
                    severity,
                    f"{count:,} of {of:,} {words} ({count / of:.1%})",
                    _MIXED.get(code, "Find out how they were mixed; above 1 % the comparison is not shown."),
                    rows=count,
                    tested=of,
                )
            )
    return found


_MIXED = {
    "merged-across-arms": "See why: earnest contact show ID. If the evidence is wrong, cut it; above 1 % the comparison is not shown."
}


def _delivery(tables: Tables, experiment: Experiment) -> list[Finding]:
    """Whether the treated got the campaign, and whether its messages went to the treated: cost and effect must be of the same people."""
    row = tables.con.execute(
        """SELECT count(*), count(t.contact_key), count(DISTINCT t.contact_key)
        FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key
        LEFT JOIN (SELECT contact_key, assigned_us FROM unit WHERE arm <> $1) AS t
            ON m.contact_key = t.contact_key AND m.delivered_us >= t.assigned_us AND m.delivered_us < t.assigned_us + $2
        WHERE l.campaign = $3 AND m.delivered_us IS NOT NULL""",
        [experiment.control, experiment.window_us, experiment.campaign],
    ).fetchone()
    treated = tables.con.execute("SELECT count(*) FROM unit WHERE arm <> $1", [experiment.control]).fetchone()
    assert row is not None
    assert treated is not None
    delivered, inside, reached = (int(value) for value in row)
    units = int(treated[0])
    if delivered == 0:
        return []
    found = []
    if reached < units / 2:
        found.append(
            Finding(
                "treatment-not-delivered",
                "blocks" if reached == 0 else "warns",
                f"{reached:,} of {units:,} treated units got a message of the campaign within their window",
                "If that is too few, the contacts of messages and assignments do not match: import contacts that hold both ids.",
                rows=units - reached,
                tested=units,
            )
        )
    outside = delivered - inside
    if outside > TOLERATED * delivered:
        found.append(
            Finding(
                "cost-beyond-experiment",
                "blocks-loss",
                f"{outside:,} of {delivered:,} delivered messages went to others than the treated, or outside their window, and are in the cost",
                "Give the experiment a campaign of its own; the cost counted is more than what the treated units caused.",
                rows=outside,
                tested=delivered,
            )
        )
    return found


def _silent_feed(tables: Tables, closed_us: int) -> list[Finding]:
    """Orders that stop before the outcome window does, judged by the feed's own habit."""
    close = tables.con.execute(
        "SELECT max(ordered_us), count(DISTINCT order_day), min(order_day), max(order_day) FROM conversion"
    ).fetchone()
    assert close is not None
    last_us, days, first_day, last_day = close
    if not days:
        return [
            Finding(
                "no-orders",
                "blocks",
                "there are no orders at all, so no outcome",
                "Import the orders: earnest import run FILE --as orders",
            )
        ]
    if days < _FEED_DAYS:
        return []
    usual_gap_days = max(1.0, (last_day - first_day + 1) / days)
    silent_days = (closed_us - int(last_us)) / DAY_US
    if silent_days <= max(2.0, 3 * usual_gap_days):
        return []
    return [
        Finding(
            "orders-stop-early",
            "blocks",
            f"the last order is of {moment_of(int(last_us)):%Y-%m-%d}, {silent_days:.0f} days before the outcome window ended",
            "Import the orders up to the end of the outcome window.",
            facts={"silent_days": silent_days, "usual_gap_days": usual_gap_days},
        )
    ]

"""The data audit: every check made, what each defect is worth in money, a score, a grade, and the interval of it all.

tables ─ lay_ground ─> small tables ─ run_checks ─> rows, effects ─> score, grade ─> total interval
"""

from __future__ import annotations

from earnest.audit.check import Check, checks, find_check
from earnest.audit.ground import Ground
from earnest.audit.result import Quality
from earnest.audit.run import COLUMNS, gather, run_checks
from earnest.audit.score import GRADES, grade, part_scores, score_of, worse_than
from earnest.kernel.errors import UsageError
from earnest.kernel.period import instant_text
from earnest.usecases.campaigns_met import campaigns_met, check_met
from earnest.usecases.quality_facts import grade_facts
from earnest.usecases.quality_ground import lay_ground
from earnest.usecases.quality_total import total_return
from earnest.usecases.tables import Tables, open_tables, quiet, read_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck
from earnest.warehouse.build import Progress


def audit_workspace(workspace: Workspace, campaign: str | None = None, *, progress: Progress = quiet) -> Quality:
    """Audit a workspace, or one campaign of it; see `check_quality`.

    Raises:
        NotFound: `no-such-campaign`.
    """
    with open_tables(workspace, progress=progress) as tables:
        return check_quality(tables, campaign, workspace=workspace)


def read_quality(workspace: Workspace, campaign: str | None = None) -> Quality:
    """The same from the tables in force, without bringing them up to date: what a server's HTTP process does.

    Raises:
        NotFound: `no-such-campaign`.
    """
    with read_tables(workspace) as tables:
        return check_quality(tables, campaign, workspace=workspace)


def meets(quality: Quality, least: str | None) -> bool:
    """Whether the quality is at least a grade (A to E) or a score (0 to 100); anything is, where nothing is asked for.

    Raises:
        UsageError: `bad-quality`.
    """
    if least is None:
        return True
    asked = least.strip().upper()
    if len(asked) == 1 and asked in GRADES:
        return not worse_than(quality.grade, asked)
    if asked.replace(".", "", 1).isdecimal() and 0 <= float(asked) <= 100:
        return quality.score >= float(asked)
    raise UsageError(
        "bad-quality",
        f"'{least}' is neither a grade nor a score",
        hint="Write A, B, C, D or E, or a score from 0 to 100.",
    )


def check_quality(tables: Tables, campaign: str | None = None, *, workspace: Workspace | None = None) -> Quality:
    """Audit the data behind the figures.

    Args:
        campaign: only what concerns it; None for the whole workspace.
        workspace: for what only the journal and the key know: silent sources and leaked coupons; without it these two checks
            have nothing to look at.

    Raises:
        NotFound: `no-such-campaign`.
    """
    if campaign is not None:
        check_met(campaigns_met(tables), campaign)
    ground = lay_ground(tables, workspace)
    results = run_checks(ground, checks(), campaign=campaign)
    parts = part_scores(results)
    score = score_of(parts)
    facts = grade_facts(tables, ground, results, campaign=campaign, score=score)
    total = total_return(tables, ground, facts, results, campaign=campaign)
    return Quality(
        campaign,
        score,
        parts,
        grade(facts),
        results,
        facts.to_json() | {"level": ground.level},
        total,
        instant_text(tables.as_of_us),
        "contribution" if ground.margin_known else "revenue less cost",
        tables.state.currency,
    )


def offending_rows(
    tables: Tables, code: str, *, workspace: Workspace | None = None, limit: int | None = 50
) -> tuple[Check, Ground, int, list[dict[str, object]]]:
    """The rows that fail a check, oldest first: the check, the ground it stands on, how many there are, and the first of them.

    Args:
        limit: rows to return; None for all.

    Raises:
        NotFound: `no-such-check`.
    """
    check = find_check(code)
    ground = lay_ground(tables, workspace)
    table = gather(ground, check)
    count = duck.scalar(tables.con, f"SELECT count(*) FROM {table}")
    cut = f" LIMIT {limit}" if limit is not None else ""
    rows = tables.con.execute(f"SELECT * FROM {table} ORDER BY kind, at_us, key, why{cut}").fetchall()
    return check, ground, count, [dict(zip(COLUMNS, row, strict=True)) for row in rows]

"""The demo: a simulated shop with known truth, through the same path as anybody's files.

simulate ─> files, webhooks ─> declare ─> import ─> build ─> judge ─> ranked campaigns and a report
                                             └─> charges beside the provider's invoice
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from earnest.definitions.account import Account
from earnest.definitions.campaign import Campaign, match_rule
from earnest.definitions.experiment import Experiment
from earnest.kernel.errors import Conflict
from earnest.simulation.demo import demo_account, demo_plan
from earnest.simulation.plan import ShopPlan
from earnest.simulation.shop import ShopFiles, write
from earnest.usecases.declare import add_account, add_campaign, add_experiment, set_setting
from earnest.usecases.demo_bill import Bill, compare, demo_prices
from earnest.usecases.import_files import Imported, Options, import_files
from earnest.usecases.judge import judge_all
from earnest.usecases.report_build import write_report
from earnest.usecases.tables import build, quiet
from earnest.usecases.workspace import Workspace, init, wall_clock_us
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict
from earnest.warehouse.build import Progress

MESSAGES = 1_000_000
_FILES = (
    *((kind, kind, "shop") for kind in ("contacts", "assignments", "orders", "refunds", "clicks", "costs", "messages")),
    ("whatsapp_clicks", "clicks", "whatsapp"),
    ("whatsapp", "whatsapp", "whatsapp"),
)
"""(file, kind, source of its ids): clicks on links of WhatsApp messages name the ids that WhatsApp gave."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made: the workspace, the truth, what was imported, the campaigns judged, the bill, and one report."""

    workspace: Workspace
    files: ShopFiles
    imported: tuple[Imported, ...]
    stories: tuple[CampaignStory, ...]
    bill: Bill
    report: Path


def run_demo(
    folder: Path,
    *,
    messages: int = MESSAGES,
    seed: int = 7,
    progress: Progress = quiet,
    clock: Callable[[], int] = wall_clock_us,
) -> Demo:
    """Simulate a shop into `folder`, import its files into a workspace there, and judge its campaigns.

    Raises:
        Conflict: `workspace-exists`, if the folder holds a demo already.
    """
    target = folder / "workspace"
    if target.exists():
        raise Conflict(
            "workspace-exists",
            f"{folder} already holds a demo",
            hint=f"Look at it: earnest campaign list --workspace {target}",
        )
    workspace = replace(Workspace(target), clock=clock)
    plan = demo_plan(messages, seed, today=workspace.now().date(), account=demo_account(demo_prices()))
    files = write(plan, folder / "files", progress=lambda done, of: progress("simulating a shop", done, of))
    workspace, imported = load_shop(target, plan, files, progress=progress, clock=clock)
    stories = judge_all(workspace, progress=progress)
    shown = next((s for s in stories if s.verdict is Verdict.PROVEN_GAIN), stories[0])
    report = folder / f"{shown.campaign}.html"
    write_report(shown, report, file_format="html", language="en")
    assert files.invoice is not None
    bill = compare(workspace, files.invoice, imported)
    return Demo(workspace, files, tuple(imported), tuple(stories), bill, report)


def load_shop(
    target: Path,
    plan: ShopPlan,
    files: ShopFiles,
    *,
    progress: Progress = quiet,
    clock: Callable[[], int] = wall_clock_us,
) -> tuple[Workspace, list[Imported]]:
    """Create a workspace and bring a simulated shop into it, the way a user would."""
    workspace = init(target, currency=plan.currency, timezone=plan.zone, clock=clock)
    return workspace, fill_shop(workspace, plan, files, progress=progress)


def fill_shop(
    workspace: Workspace, plan: ShopPlan, files: ShopFiles, *, by: str = "", progress: Progress = quiet
) -> list[Imported]:
    """Bring a simulated shop into a workspace of its currency and time zone.

    Args:
        by: who imports the files, for the journal.
    """
    set_setting(workspace, "margin", str(plan.margin), plan.first_day)
    if plan.account is not None:
        add_account(workspace, Account(plan.account.id, plan.zone, plan.currency))
    declare_shop(workspace, files)
    imported: list[Imported] = []
    for name, kind, source in _FILES:
        found: Path | tuple[Path, ...] | None = getattr(files, name)
        paths = [found] if isinstance(found, Path) else list(found or ())
        if files.rows.get(name):
            options = Options(source=source, by=by)
            imported += import_files(workspace, paths, kind, options=options, progress=progress, then_build=False)
    build(workspace, progress=progress)
    return imported


def declare_shop(workspace: Workspace, files: ShopFiles) -> None:
    """Declare a simulated shop's campaigns and experiments."""
    for c in files.campaigns:
        match = tuple(match_rule(text) for text in c.match)
        add_campaign(
            workspace, Campaign(c.id, c.name, c.programme, c.purpose, c.funnel_stage, c.objective, c.primary_kpi, match)
        )
    for e in files.experiments:
        add_experiment(
            workspace,
            Experiment(
                id=e.id,
                campaign=e.campaign,
                arms=tuple((arm, Decimal(str(share))) for arm, share in e.arms.items()),
                control=e.control,
                window_days=e.window_days,
                read_out=e.read_out,
                starts=e.starts,
            ),
        )

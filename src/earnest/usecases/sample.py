"""Sample data in an empty workspace: the demo's shop, smaller, in the workspace's own currency and time zone; and out again.

began ── what will be declared ── simulate ── declare, import ── whole
Cut short anywhere it is known as sample data, and can be taken out; taken out, the workspace is as empty as it was.
"""

from __future__ import annotations

import shutil
from dataclasses import replace

from earnest.definitions.sample import BY, Sample
from earnest.definitions.setting import DatedValue
from earnest.definitions.setting import setting as setting_of
from earnest.definitions.state import State
from earnest.kernel.errors import Conflict, UsageError
from earnest.kernel.money import exponent
from earnest.simulation.demo import CURRENCY, demo_account, demo_plan
from earnest.simulation.plan import ShopPlan
from earnest.simulation.shop import ShopFiles, write
from earnest.usecases.demo import fill_shop
from earnest.usecases.demo_bill import demo_prices
from earnest.usecases.jobs import FOLDER
from earnest.usecases.judge import judge_all
from earnest.usecases.tables import build, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

MESSAGES = 40_000
SEED = 7
_DECLARED = (
    "campaigns", "experiments", "segments", "costs", "links", "surveys", "coupons", "goals", "accounts", "cards", "rounds",
    "sources", "reports",
)  # fmt: skip
_FILES = "sample-files"


def holds(workspace: Workspace, state: State | None = None) -> tuple[str, ...]:
    """What a workspace holds already, in words of the journal; nothing of it may meet sample data."""
    state = state or workspace.state()
    found = [name for name in _DECLARED if getattr(state, name)]
    if state.active_imports:
        found.append("imports")
    with workspace.journal() as journal:
        if journal.last_received()[0]:
            found.append("events received")
    return tuple(found)


def check_empty(workspace: Workspace) -> State:
    """The state of a workspace that may take sample data.

    Raises:
        Conflict: `workspace-not-empty`. UsageError: `sample-currency`.
    """
    state = workspace.state()
    found = holds(workspace, state)
    if found or state.sample is not None:
        raise Conflict(
            "workspace-not-empty",
            f"sample data goes into an empty workspace only, and this one holds {', '.join(found) or 'sample data'}",
            hint="Create another workspace for it: earnest init DIR --currency EUR --timezone Europe/Berlin",
        )
    if exponent(state.currency) < 2:
        raise UsageError(
            "sample-currency",
            f"sample amounts have two decimals, and {state.currency} has {exponent(state.currency)}",
            hint="Look at the demo instead: earnest demo",
        )
    return state


def load_sample(workspace: Workspace, *, messages: int = MESSAGES, seed: int = SEED, progress: Progress = quiet) -> int:
    """Fill an empty workspace with a simulated shop; returns the rows imported.

    Args:
        messages, seed: as `demo_plan`.

    Raises:
        Conflict: `workspace-not-empty`. UsageError: `sample-currency`.
    """
    state = check_empty(workspace)
    plan = _plan(workspace, state, messages=messages, seed=seed)
    folder = workspace.path / FOLDER / _FILES
    shutil.rmtree(folder, ignore_errors=True)
    try:
        files = write(plan, folder, progress=lambda done, of: progress("simulating a shop", done, of))
        check_empty(workspace)
        workspace.record("sample.began", _sample(plan, files).to_json())
        imported = fill_shop(workspace, plan, files, by=BY, progress=progress)
        judge_all(workspace, progress=progress)  # experiments whose date has come are read, as somebody would have
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    workspace.record("sample.whole", {})
    return sum(one.counts.accepted for one in imported)


def remove_sample(workspace: Workspace, *, by: str = "", progress: Progress = quiet) -> None:
    """Take sample data out, whole or not: its imports are undone, and what it declared is declared no more.

    Raises:
        Conflict: `no-sample`.
    """
    if workspace.state().sample is None:
        raise Conflict("no-sample", "the workspace holds no sample data", hint="There is nothing to take out.")
    workspace.record("sample.removed", {"by": by} if by else {})
    build(workspace, progress=progress)


def _plan(workspace: Workspace, state: State, *, messages: int, seed: int) -> ShopPlan:
    account = demo_account(demo_prices()) if state.currency == CURRENCY else None
    plan = demo_plan(messages, seed, today=workspace.today(state), account=account)
    return replace(plan, currency=state.currency, zone=state.timezone)


def _sample(plan: ShopPlan, files: ShopFiles) -> Sample:
    margin = DatedValue(setting_of("margin").read(str(plan.margin)), plan.first_day)
    return Sample(
        0,
        tuple(one.id for one in files.campaigns),
        tuple(one.id for one in files.experiments),
        (plan.account.id,) if plan.account is not None else (),
        (("margin", margin),),
    )

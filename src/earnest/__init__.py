"""Earnest: honest accounting for messaging.

    import earnest
    shop = earnest.open("shop")
    earnest.import_files(shop, [Path("orders.csv")], "orders")
    story = earnest.judge(shop, "sep-winback")
    story.verdict, story.returns["incremental_return"]

Each name is a function from `earnest.usecases`, loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from earnest.usecases.declare import add_campaign, add_experiment, add_segment, set_setting
    from earnest.usecases.experiment_analyze import analyze_table
    from earnest.usecases.explain_kpi import explain
    from earnest.usecases.import_files import import_files, undo_import
    from earnest.usecases.import_options import Options
    from earnest.usecases.judge import judge, judge_all
    from earnest.usecases.report_build import build_report
    from earnest.usecases.roi_calculate import calculate as roi
    from earnest.usecases.tables import open_tables, read_tables
    from earnest.usecases.workspace import init
    from earnest.usecases.workspace import open_workspace as open  # noqa: A004

_PLACES = {
    "Options": ("import_options", "Options"),
    "add_campaign": ("declare", "add_campaign"),
    "add_experiment": ("declare", "add_experiment"),
    "add_segment": ("declare", "add_segment"),
    "analyze_table": ("experiment_analyze", "analyze_table"),
    "build_report": ("report_build", "build_report"),
    "explain": ("explain_kpi", "explain"),
    "import_files": ("import_files", "import_files"),
    "init": ("workspace", "init"),
    "judge": ("judge", "judge"),
    "judge_all": ("judge", "judge_all"),
    "open": ("workspace", "open_workspace"),
    "open_tables": ("tables", "open_tables"),
    "read_tables": ("tables", "read_tables"),
    "roi": ("roi_calculate", "calculate"),
    "set_setting": ("declare", "set_setting"),
    "undo_import": ("import_files", "undo_import"),
}

__all__ = [
    "Options",
    "add_campaign",
    "add_experiment",
    "add_segment",
    "analyze_table",
    "build_report",
    "explain",
    "import_files",
    "init",
    "judge",
    "judge_all",
    "open",
    "open_tables",
    "read_tables",
    "roi",
    "set_setting",
    "undo_import",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'earnest' has no attribute '{name}'")
    module, attribute = _PLACES[name]
    return getattr(importlib.import_module(f"earnest.usecases.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])

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
    from earnest.usecases.attribution_analyze import JourneyOptions, analyze_journeys
    from earnest.usecases.attribution_claims import claim_by_presets
    from earnest.usecases.attribution_compare import compare_attribution
    from earnest.usecases.attribution_explain import explain_claim
    from earnest.usecases.attribution_overlap import attribution_overlap
    from earnest.usecases.attribution_sensitivity import window_sensitivity
    from earnest.usecases.benchmark_position import position as benchmark_position
    from earnest.usecases.channel_compare import compare_channels
    from earnest.usecases.declare import add_campaign, add_experiment, add_segment, set_setting
    from earnest.usecases.experiment_analyze import analyze_table
    from earnest.usecases.explain_kpi import explain
    from earnest.usecases.fatigue import fatigue
    from earnest.usecases.import_files import import_files, undo_import
    from earnest.usecases.import_options import Options
    from earnest.usecases.judge import judge, judge_all
    from earnest.usecases.kpi_query import kpi, list_dimensions
    from earnest.usecases.next_steps.ranked import next_steps
    from earnest.usecases.opt_out_price import opt_out_bill, opt_out_price
    from earnest.usecases.preferences import PreferenceAsk, preferences
    from earnest.usecases.profit import ProfitAsk, profit
    from earnest.usecases.quality import audit_workspace as check_quality
    from earnest.usecases.report_build import build_report
    from earnest.usecases.report_diff import diff_snapshots
    from earnest.usecases.report_draft import set_report
    from earnest.usecases.report_evidence import write_evidence
    from earnest.usecases.report_explain import explain_figure
    from earnest.usecases.report_share import revoke_share, share_report
    from earnest.usecases.report_snapshot import take_snapshot
    from earnest.usecases.roi_calculate import calculate as roi
    from earnest.usecases.tables import open_tables, read_tables
    from earnest.usecases.trends import TrendAsk, trend
    from earnest.usecases.trends_alerts import alerts
    from earnest.usecases.workspace import init
    from earnest.usecases.workspace import open_workspace as open  # noqa: A004

_PLACES = {
    "JourneyOptions": ("attribution_analyze", "JourneyOptions"),
    "Options": ("import_options", "Options"),
    "PreferenceAsk": ("preferences", "PreferenceAsk"),
    "ProfitAsk": ("profit", "ProfitAsk"),
    "TrendAsk": ("trends", "TrendAsk"),
    "add_campaign": ("declare", "add_campaign"),
    "add_experiment": ("declare", "add_experiment"),
    "add_segment": ("declare", "add_segment"),
    "alerts": ("trends_alerts", "alerts"),
    "analyze_journeys": ("attribution_analyze", "analyze_journeys"),
    "analyze_table": ("experiment_analyze", "analyze_table"),
    "attribution_overlap": ("attribution_overlap", "attribution_overlap"),
    "benchmark_position": ("benchmark_position", "position"),
    "build_report": ("report_build", "build_report"),
    "check_quality": ("quality", "audit_workspace"),
    "claim_by_presets": ("attribution_claims", "claim_by_presets"),
    "compare_attribution": ("attribution_compare", "compare_attribution"),
    "compare_channels": ("channel_compare", "compare_channels"),
    "diff_snapshots": ("report_diff", "diff_snapshots"),
    "explain": ("explain_kpi", "explain"),
    "explain_claim": ("attribution_explain", "explain_claim"),
    "explain_figure": ("report_explain", "explain_figure"),
    "fatigue": ("fatigue", "fatigue"),
    "import_files": ("import_files", "import_files"),
    "init": ("workspace", "init"),
    "judge": ("judge", "judge"),
    "judge_all": ("judge", "judge_all"),
    "kpi": ("kpi_query", "kpi"),
    "list_dimensions": ("kpi_query", "list_dimensions"),
    "next_steps": ("next_steps.ranked", "next_steps"),
    "open": ("workspace", "open_workspace"),
    "open_tables": ("tables", "open_tables"),
    "opt_out_bill": ("opt_out_price", "opt_out_bill"),
    "opt_out_price": ("opt_out_price", "opt_out_price"),
    "preferences": ("preferences", "preferences"),
    "profit": ("profit", "profit"),
    "read_tables": ("tables", "read_tables"),
    "revoke_share": ("report_share", "revoke_share"),
    "roi": ("roi_calculate", "calculate"),
    "set_report": ("report_draft", "set_report"),
    "set_setting": ("declare", "set_setting"),
    "share_report": ("report_share", "share_report"),
    "take_snapshot": ("report_snapshot", "take_snapshot"),
    "trend": ("trends", "trend"),
    "undo_import": ("import_files", "undo_import"),
    "window_sensitivity": ("attribution_sensitivity", "window_sensitivity"),
    "write_evidence": ("report_evidence", "write_evidence"),
}

__all__ = [
    "JourneyOptions",
    "Options",
    "PreferenceAsk",
    "ProfitAsk",
    "TrendAsk",
    "add_campaign",
    "add_experiment",
    "add_segment",
    "alerts",
    "analyze_journeys",
    "analyze_table",
    "attribution_overlap",
    "benchmark_position",
    "build_report",
    "check_quality",
    "claim_by_presets",
    "compare_attribution",
    "compare_channels",
    "diff_snapshots",
    "explain",
    "explain_claim",
    "explain_figure",
    "fatigue",
    "import_files",
    "init",
    "judge",
    "judge_all",
    "kpi",
    "list_dimensions",
    "next_steps",
    "open",
    "open_tables",
    "opt_out_bill",
    "opt_out_price",
    "preferences",
    "profit",
    "read_tables",
    "revoke_share",
    "roi",
    "set_report",
    "set_setting",
    "share_report",
    "take_snapshot",
    "trend",
    "undo_import",
    "window_sensitivity",
    "write_evidence",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'earnest' has no attribute '{name}'")
    module, attribute = _PLACES[name]
    return getattr(importlib.import_module(f"earnest.usecases.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])

"""The KPI catalogue in a terminal: each entry with its family, unit, formula and where its figure comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from earnest.cli.tables import print_table, print_words
from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.kpis.catalogue import HEADLINE_KPIS, SECONDARY_KPIS, all_kpis
from earnest.kpis.kpi import Kpi

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.workspace import Workspace


def listed(family: str | None, *, available: bool) -> list[Kpi]:
    """Entries of a family, or all.

    Raises:
        UsageError: `no-such-family`.
    """
    entries = list(all_kpis().values())
    if family is not None:
        known = sorted({one.family for one in entries})
        check_known(known, family, what="family", listed="Families", refusal=(UsageError, "no-such-family"))
    return [one for one in entries if family in (None, one.family) and not (available and one.missing)]


def leading_of(workspace: Workspace | None) -> Mapping[str, str]:
    """KPI → headline or secondary, by the settings in force today; nothing outside a workspace."""
    if workspace is None:
        return {}
    state = workspace.state()
    today = workspace.today(state)
    words = {"secondary_kpis": ("secondary", SECONDARY_KPIS), "headline_kpis": ("headline", HEADLINE_KPIS)}
    found: dict[str, str] = {}
    for setting, (word, usual) in words.items():
        told = state.setting(setting, today)
        found |= dict.fromkeys(told.split(", ") if told else usual, word)
    return found


def entry_json(kpi: Kpi, leading: Mapping[str, str]) -> dict[str, Any]:
    """An entry with everything it declares."""
    return {
        "kpi": kpi.id, "version": kpi.version, "family": kpi.family, "name": kpi.name, "question": kpi.question, "numerator": kpi.numerator,
        "denominator": kpi.denominator, "unit": kpi.unit, "direction": kpi.direction, "basis": kpi.basis, "minimum_n": kpi.minimum_n,
        "needs": list(kpi.needs), "availability": kpi.availability,
        "missing": {"why": kpi.missing.why, "connect": kpi.missing.connect} if kpi.missing else None,
        "receipts": kpi.receipts, "channels": list(kpi.channels), "example": kpi.example, "caveats": kpi.caveats, "source": kpi.source,
        "synonyms": list(kpi.synonyms), "comparable": kpi.comparable is not None, "leads": leading.get(kpi.id),
    }  # fmt: skip


def print_entries(console: Console, entries: Sequence[Kpi], leading: Mapping[str, str]) -> None:
    """A line an entry, by family; below them what to connect for those that are not computed yet."""
    rows = [(one.id, one.family, _told(one, leading), one.formula) for one in entries]
    print_table(console, ("kpi", "family", "unit, figure", "formula"), rows)
    for one in entries:
        if one.missing is not None:
            print_words(console, f"{one.id}: {one.missing.why}. {one.missing.connect}")


def _told(kpi: Kpi, leading: Mapping[str, str]) -> str:
    """Unit, where the figure comes from if not from rows, and whether it leads."""
    figure = "" if kpi.availability == "rows" else kpi.availability
    return ", ".join(filter(None, (kpi.unit, figure, leading.get(kpi.id))))

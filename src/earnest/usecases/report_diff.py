"""What differs between two snapshots of a report, figure by figure, and why where that is known.

story before ┐                       rules before ┐
             ├─ figures that differ               ├─ causes ─> those that can move the figure
story after  ┘                       rules after  ┘
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from earnest.definitions.report import Snapshot
from earnest.usecases.report_causes import Cause, causes_of
from earnest.usecases.report_figures import figure_paths, find_figure
from earnest.usecases.report_snapshot import find_snapshot, read_snapshot
from earnest.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs. `before` or `after` is None where one story has it alone; `change` where there is no number to take.

    Args:
        inconclusive: whether the verdict is, on either side: people are shown no point of an effect then.
    """

    campaign: str
    path: str
    before: Any
    after: Any
    change: str | None
    why: tuple[Cause, ...]
    inconclusive: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "path": self.path,
            "before": self.before,
            "after": self.after,
            "change": self.change,
            "inconclusive": self.inconclusive,
            "why": [one.to_json() for one in self.why],
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Two snapshots held against each other. `verdicts`: campaign → verdict before and after, where it changed."""

    before: Snapshot
    after: Snapshot
    verdicts: dict[str, tuple[str | None, str | None]]
    changes: tuple[Change, ...]
    causes: tuple[Cause, ...]
    same: int

    def to_json(self) -> dict[str, Any]:
        return {
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "verdicts": {name: {"before": one, "after": other} for name, (one, other) in self.verdicts.items()},
            "changes": [one.to_json() for one in self.changes],
            "causes": [one.to_json() for one in self.causes],
            "same": self.same,
        }


def diff_snapshots(workspace: Workspace, report: str, before: int, after: int) -> Difference:
    """Hold two snapshots of a report against each other.

    Raises:
        NotFound: `no-such-report`, `no-such-snapshot`. EnvironmentProblem: `snapshot-damaged`.
    """
    state = workspace.state()
    one, other = (find_snapshot(state, number, report=report) for number in (before, after))
    told, told_again = read_snapshot(workspace, one), read_snapshot(workspace, other)
    causes = tuple(causes_of(told.rules, told_again.rules))
    stories = {story["campaign"]: story for story in told.stories}
    again = {story["campaign"]: story for story in told_again.stories}
    changes: list[Change] = []
    same, verdicts = 0, {}
    for name in sorted(stories.keys() | again.keys()):
        first, second = stories.get(name), again.get(name)
        verdict = tuple(story["verdict"] if story else None for story in (first, second))
        if verdict[0] != verdict[1]:
            verdicts[name] = (verdict[0], verdict[1])
        found, alike = _compared(name, first, second, causes)
        changes += found
        same += alike
    return Difference(one, other, verdicts, tuple(changes), causes, same)


def _compared(
    name: str, before: dict[str, Any] | None, after: dict[str, Any] | None, causes: tuple[Cause, ...]
) -> tuple[list[Change], int]:
    """Figures that differ, in the order of the story; and how many are the same."""
    told, again = figures_of(before), figures_of(after)
    read = _read_at(before) is not None and _read_at(before) == _read_at(after)
    open_ = any(story is not None and story["verdict"] == "inconclusive" for story in (before, after))
    changes, same = [], 0
    for path in dict.fromkeys([*told, *again]):
        one, other = told.get(path), again.get(path)
        if one == other:
            same += 1
            continue
        why = tuple(cause for cause in causes if cause.reaches(path) and not (read and _of_reading(path, cause)))
        changes.append(Change(name, path, one, other, _change(one, other), why, open_))
    return changes, same


def _of_reading(path: str, cause: Cause) -> bool:
    """Whether a cause is rows that cannot have moved a figure, as it comes from a reading that stands."""
    return cause.code in ("late-rows", "rows-undone") and path.startswith(
        ("returns.", "bridge.", "experiment.", "kpis.incremental")
    )


def _read_at(story: dict[str, Any] | None) -> str | None:
    """When the experiment was read; None where it was not."""
    experiment = story["experiment"] if story else None
    return experiment["read_at"] if experiment else None


def figures_of(story: dict[str, Any] | None) -> dict[str, Any]:
    """Path → figure, without what is the same for all of a story: its moment is no change of a figure."""
    return {path: _bare(find_figure(story, path)[1]) for path in figure_paths(story)} if story else {}


_KEPT = (
    "value",
    "low",
    "high",
    "unit",
    "level",
    "n",
    "method",
    "basis",
    "definition",
    "amount",
    "currency",
    "unavailable",
    "money",
)


def _bare(value: Any) -> Any:
    return {key: value[key] for key in _KEPT if key in value} if isinstance(value, dict) else value


def _change(before: Any, after: Any) -> str | None:
    """After less before, exact where both are; of ranges and points alike that of the point."""
    one, other = _number(before), _number(after)
    if one is None or other is None or _unit(before) != _unit(after):
        return None
    change = other - one
    return f"{change:+f}" if change else None


def _number(figure: Any) -> Decimal | None:
    if isinstance(figure, dict):
        figure = figure.get("amount", figure.get("value"))
    return None if figure is None or isinstance(figure, bool | dict | list) else Decimal(str(figure))


def _unit(figure: Any) -> Any:
    return figure.get("currency", figure.get("unit")) if isinstance(figure, dict) else None

"""What measures can be cut by: each dimension, where it stands, and which rollup holds it.

    label    campaign, programme, purpose, channel, template, variant   what messages say of themselves: any rollup by label
    send     weekday                                                    the day of the send
    message  hour, country                                              funnel_hour_cell, funnel_zone_cell; else row by row
    contact  segment                                                    row by row, by what was known at the send

A measure that is known by campaign alone (a cost line, an answer) has the first four; one that is the shop's has none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from earnest.kernel.declared import check_known, look_up
from earnest.kernel.errors import UsageError
from earnest.kpis.funnel import ANSWERED, REACHED

NONE = "(none)"
"""Value of what has none: a message without a template, a campaign without a programme."""
SEVERAL = "(several)"
"""Channel of a campaign's cost where the campaign sends on more than one."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS = tuple(f"{hour:02d}" for hour in range(24))
GRAINS = ("day", "week", "month")
Level = Literal["label", "send", "message", "contact"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something to cut measures by.

    Args:
        id: its name in CLI, API and Python. meaning: in words.
        level: what one must know of a row to tell its value.
        of_campaign: whether a campaign alone tells it.
        rollup: the rollup beside `funnel_cell` that holds it; None where any rollup by label does, or none.
        values: all there can be, where that is a closed list.
    """

    id: str
    meaning: str
    level: Level
    of_campaign: bool = False
    rollup: str | None = None
    values: tuple[str, ...] = ()


DIMENSIONS: Mapping[str, Dimension] = {
    one.id: one
    for one in (
        Dimension("campaign", "campaign, `unassigned` for messages of none", "label", of_campaign=True),
        Dimension("programme", "programme that the campaign belongs to", "label", of_campaign=True),
        Dimension("purpose", "purpose of the campaign", "label", of_campaign=True),
        Dimension("channel", "channel of the message; of a cost or answer, the channel of its campaign", "label", of_campaign=True),
        Dimension("template", "template of the message", "label"),
        Dimension("variant", "tag of the message", "label"),
        Dimension("weekday", "weekday of the send, business zone", "send", values=WEEKDAYS),
        Dimension("hour", "hour of the send, business zone", "message", rollup="funnel_hour_cell", values=HOURS),
        Dimension("country", "country of the recipient's number (ISO 3166)", "message", rollup="funnel_zone_cell"),
        Dimension("segment", "segments the contact was in at the send; one contact may count in several", "contact"),
    )
}  # fmt: skip
"""In the order in which they are listed."""

FINE_COLUMNS = (*REACHED, *ANSWERED)
"""Columns of `funnel_cell` that the finer rollups hold as well."""


def dimension(name: str) -> Dimension:
    """Look up a dimension.

    Raises:
        UsageError: `no-such-dimension`.
    """
    return look_up(DIMENSIONS, name, what="dimension", listed="Dimensions", refusal=(UsageError, "no-such-dimension"))


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows of which a dimension has one of these values."""

    name: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}={'|'.join(self.values)}"


def read_filters(texts: Collection[str]) -> tuple[Filter, ...]:
    """Read `name=value` texts. Several values of one name are alternatives, different names all hold.

    Raises:
        UsageError: `bad-filter`, `no-such-dimension`.

    Example:
        >>> [str(one) for one in read_filters(["channel=sms", "purpose=service", "channel=email"])]
        ['channel=sms|email', 'purpose=service']
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise UsageError(
                "bad-filter", f"'{text}' is no filter", hint="Write dimension=value, such as channel=whatsapp."
            )
        values = found.setdefault(dimension(name).id, [])
        if value not in values:
            values.append(value)
    return tuple(Filter(name, tuple(values)) for name, values in found.items())


def check_values(name: str, values: Collection[str], known: Collection[str]) -> None:
    """Refuse values that no row has.

    Raises:
        UsageError: `no-such-value`, with the values there are.
    """
    for value in values:
        if value not in known:
            listed = sorted(known)
            more = f" and {len(listed) - 20} more" if len(listed) > 20 else ""
            check_known(
                listed, value, what=f"{name}", refusal=(UsageError, "no-such-value"),
                hint=f"There are: {', '.join(listed[:20]) or 'none'}{more}. See `earnest kpi dimensions`.",
            )  # fmt: skip


def unknown_to(columns: Collection[str], names: Collection[str], *, day: str) -> list[str]:
    """Those of the dimensions that rows with these columns cannot be cut by.

    Args:
        day: which day the rows count on.
    """
    found = []
    for name in names:
        one = DIMENSIONS[name]
        by_label = "label_key" in columns and one.level in ("label",)
        by_day = one.level == "send" and day == "send"
        by_message = {"label_key", "message_key"} <= set(columns)
        by_campaign = one.of_campaign and bool({"label_key", "campaign"} & set(columns))
        if not (by_campaign or by_label or by_day or by_message):
            found.append(name)
    return found

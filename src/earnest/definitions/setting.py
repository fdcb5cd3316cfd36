"""Dated settings: each has a catalogue entry, a value from some day on, and a default with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from earnest.kernel.errors import UsageError, closest


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry of the settings catalogue. `read` checks the text and returns its canonical form."""

    name: str
    meaning: str
    default: str | None
    reason: str
    read: Callable[[str], str]


def _number(low: str, high: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or not Decimal(low) <= value <= Decimal(high):
            raise UsageError(
                "bad-setting",
                f"'{text}' is not a number from {low} to {high}",
                hint="Write it with a decimal point, like 0.38.",
            )
        return format(value.normalize(), "f")

    return read


def _region(text: str) -> str:
    import phonenumbers

    code = text.upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise UsageError("bad-setting", f"'{text}' is not an ISO 3166 country code", hint="For example DE, BR, US.")
    return code


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("margin", "gross margin on net revenue, 0 to 1", None, "nobody can guess it", _number("0.0001", "1")),
        Setting("level", "confidence level of every interval", "0.95", "the usual one; printed with each interval", _number("0.5", "0.999")),
        Setting("region", "country of phone numbers written without a country code", None, "never guessed", _region),
        Setting("lookback_reply_days", "a reply can be credited for so many days", "5", "as clicks", _number("0", "90")),
        Setting("lookback_click_days", "a click can be credited for so many days", "5", "the commonest default of messaging suites", _number("0", "90")),
        Setting("lookback_read_hours", "a read can be credited for so many hours", "12", "reading is weak evidence", _number("0", "2160")),
        Setting("lookback_delivered_hours", "a mere delivery can be credited for so many hours", "0", "delivery alone is no evidence", _number("0", "2160")),
    )
}  # fmt: skip


def setting(name: str) -> Setting:
    """Look up a setting.

    Raises:
        UsageError: `unknown-setting`.
    """
    if name not in SETTINGS:
        raise UsageError(
            "unknown-setting",
            f"there is no setting '{name}'{closest(name, SETTINGS)}",
            hint=f"Settings: {', '.join(SETTINGS)}.",
        )
    return SETTINGS[name]


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value in force from a day on."""

    value: str
    since: date


def in_force(history: list[DatedValue], day: date) -> str | None:
    """The value that holds on a day: of those already begun, the one that began last (and was set last)."""
    begun = [(dated.since, position) for position, dated in enumerate(history) if dated.since <= day]
    return history[max(begun)[1]].value if begun else None

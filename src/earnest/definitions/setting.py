"""Dated settings: each has a catalogue entry, a value from some day on, and a default with a reason."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from earnest.kernel.declared import look_up
from earnest.kernel.errors import UsageError


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


def _whole(low: int, high: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text.isascii() or not text.isdecimal() or not low <= int(text) <= high:
            raise UsageError(
                "bad-setting", f"'{text}' is not a whole number from {low} to {high}", hint=f"For example {low}."
            )
        return str(int(text))

    return read


def _kpis(count: int) -> Callable[[str], str]:
    """So many KPI ids, in the order of their importance; whether there are such KPIs is for the catalogue to say."""

    def read(text: str) -> str:
        names = [name.strip() for name in text.split(",") if name.strip()]
        if len(names) != count or len(set(names)) != count:
            raise UsageError(
                "bad-setting",
                f"'{text}' names {len(set(names))} different KPIs, not {count}",
                hint=f"Write {count} ids with commas between them; see `earnest kpi list`.",
            )
        return ", ".join(names)

    return read


def _region(text: str) -> str:
    import phonenumbers

    code = text.upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise UsageError("bad-setting", f"'{text}' is not an ISO 3166 country code", hint="For example DE, BR, US.")
    return code


def server_url(text: str) -> str:
    """Scheme and host of a server, as it is called from outside.

    Raises:
        UsageError: `bad-public-url`.
    """
    try:
        url = urllib.parse.urlsplit(text)
    except ValueError:
        url = urllib.parse.urlsplit("")
    if url.scheme not in ("http", "https") or not url.netloc or url.path not in ("", "/") or url.query or url.fragment:
        raise UsageError(
            "bad-public-url",
            f"'{text}' is not the address of a server",
            hint="Scheme and host alone, for example https://hooks.example.com.",
        )
    return f"{url.scheme}://{url.netloc}"


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
        Setting("fx_days", "an exchange rate holds for so many days, its own included", "7", "bridges weekends; older would be a guess", _whole(1, 366)),
        Setting("opt_out_horizon_days", "the price of an opt-out counts what people bring in so many days", "365", "all seasons", _whole(30, 1095)),
        Setting("headline_kpis", "the 5 KPIs that lead, with commas between them", None, "`earnest kpi list` tells the usual ones", _kpis(5)),
        Setting("secondary_kpis", "the 4 KPIs that follow them", None, "`earnest kpi list` tells the usual ones", _kpis(4)),
        Setting("public_url", "where the server is called from outside: sources tell their addresses by it", None, "only you know its proxy", server_url),
    )
}  # fmt: skip


def setting(name: str) -> Setting:
    """Look up a setting.

    Raises:
        UsageError: `unknown-setting`.
    """
    return look_up(SETTINGS, name, what="setting", listed="Settings", refusal=(UsageError, "unknown-setting"))


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value in force from a day on."""

    value: str
    since: date


def in_force(history: list[DatedValue], day: date) -> str | None:
    """The value that holds on a day: of those already begun, the one that began last (and was set last)."""
    begun = [(dated.since, position) for position, dated in enumerate(history) if dated.since <= day]
    return history[max(begun)[1]].value if begun else None

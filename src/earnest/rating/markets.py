"""Which market a recipient belongs to: by calling code and national prefix, with dated membership.

`recipient_zone` is the calling code, with three more digits for +1 and one more for +7 (see `events.identity`).
Membership is half-open: [effective_from, effective_until). Source: Meta's country table, see data/markets_whatsapp.csv.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from earnest.kernel.data_file import data_rows
from earnest.kernel.period import optional_day, parse_day, within

OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Membership:
    """A country's market during a period. `confidence` is that of the source; `note` says what is derived."""

    market: str
    country: str
    iso2: str
    calling_code: str
    prefixes: tuple[str, ...]
    effective_from: date
    effective_until: date | None
    source: str
    confidence: str
    note: str

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return within(day, self.effective_from, self.effective_until)


@functools.cache
def memberships() -> tuple[Membership, ...]:
    """All of them, in file order."""
    return tuple(
        Membership(
            row["market"],
            row["country"],
            row["iso2"],
            row["calling_code"],
            tuple(row["national_prefixes"].split()),
            parse_day(row["effective_from"]),
            optional_day(row["effective_until"]),
            row["source"],
            row["confidence"],
            row["note"],
        )
        for row in data_rows("earnest.rating", "markets_whatsapp.csv")
    )


@functools.cache
def market_names() -> tuple[str, ...]:
    """Every market, in a stable order: a market's place here is its number in the tables (from 1)."""
    return tuple(sorted({one.market for one in memberships()}))


def market_number(name: str) -> int:
    """Number of a market in the tables."""
    return market_names().index(name) + 1


def switch_days() -> set[date]:
    """Days on which some country changes its market."""
    days = {one.effective_from for one in memberships()}
    return days | {one.effective_until for one in memberships() if one.effective_until is not None}


def country_zone(iso2: str) -> int:
    """A stand-in zone for a recipient of whom only the country is known: negative, so no calling code has it."""
    return -(ord(iso2[0]) * 256 + ord(iso2[1])) if len(iso2) == 2 and iso2.isascii() else 0


def membership_of(zone: int, day: date) -> Membership | None:
    """The membership in force on a day for a recipient zone, or None where no market is known."""
    return _zones(_begun(day)).get(zone)


def market_of(zone: int, day: date) -> str | None:
    """Market of a recipient zone on a day, or None.

    Example:
        >>> market_of(1876, date(2026, 1, 1)), market_of(1242, date(2026, 1, 1)), market_of(1415, date(2026, 1, 1))
        ('Rest of Latin America', 'Other', 'North America')
    """
    found = membership_of(zone, day)
    return found.market if found else None


def zones_on(day: date) -> dict[int, str]:
    """Recipient zone (and country stand-in) → market, on a day."""
    return {zone: one.market for zone, one in _zones(_begun(day)).items()}


def _begun(day: date) -> date:
    """The last switch on or before a day: what holds then holds on `day`."""
    return max((d for d in switch_days() if d <= day), default=day)


@functools.lru_cache(maxsize=64)
def _zones(day: date) -> dict[int, Membership]:
    others = next(m for m in memberships() if m.iso2 == _EVERYWHERE)
    found: dict[int, Membership] = dict.fromkeys(_assigned_zones(), others)
    for one in sorted(memberships(), key=lambda m: len(m.prefixes)):
        if one.holds_on(day) and one is not others:
            found.update(dict.fromkeys(zones_of(one), one))
    for region, code in _unlisted_regions():
        found[country_zone(region)] = found.get(code, others)
    return found


_EVERYWHERE = "*"


def _assigned_zones() -> Iterator[int]:
    """Zones that some country has: a country Meta does not list is in Other, a code nobody has is in no market."""
    import phonenumbers

    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if regions != ("001",) and code not in (1, 7):
            yield code


@functools.cache
def _unlisted_regions() -> tuple[tuple[str, int], ...]:
    """Regions that Meta does not list and that share a calling code with one it may list (Jersey with the UK)."""
    import phonenumbers

    listed = {one.iso2 for one in memberships()}
    return tuple(
        (region, phonenumbers.country_code_for_region(region))
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        if region not in listed
    )


def zones_of(one: Membership) -> Iterator[int]:
    """Longest prefix wins: countries without a prefix come first and are overwritten by those with one."""
    if one.calling_code == "1":
        areas = one.prefixes or tuple(str(area) for area in range(200, 1000))
        yield from (int(f"1{area}") for area in areas)
    elif one.calling_code == "7":
        yield from (int(f"7{digit}") for digit in one.prefixes)
    else:
        yield int(one.calling_code)
    if country_zone(one.iso2):
        yield country_zone(one.iso2)

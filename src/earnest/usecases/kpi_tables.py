"""Small tables that measures are cut with, made in an open generation when they are first needed.

kpi_label     label → campaign, programme, purpose, channel, template, variant
kpi_campaign  campaign → programme, purpose, channel
kpi_zone      zone of a number → country
kpi_segment   message → segments its contact was in at the send
unrated_day   campaign, send day → delivered messages without a price
unconverted_day  campaign, cost day → cost lines in another currency without a rate
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import pyarrow

from earnest.definitions.campaign import UNASSIGNED, Campaign
from earnest.kernel.period import zone
from earnest.kpis.dimensions import NONE, SEVERAL
from earnest.kpis.measures.measure import Measure
from earnest.usecases.allocation_split import days_of
from earnest.usecases.campaigns_met import campaigns_met
from earnest.usecases.cost_days import register_cost_day
from earnest.usecases.costs import MEMO, full_ledger, ledger
from earnest.usecases.declare import bind_attributes, segment_members
from earnest.usecases.survey_counted import bind_counted
from earnest.usecases.tables import Tables


def made_tables(tables: Tables, measures: Iterable[Measure]) -> None:
    """Make the tables on demand that the rows of measures read, those that are not there yet."""
    words = set(re.findall(r"\w+", " ".join(one.rows for one in measures)))
    for name in ON_DEMAND:
        if name in words:
            once(tables, name)


def once(tables: Tables, name: str) -> None:
    """Make a table on demand, unless it is there."""
    if not tables.con.execute(_THERE, [name]).fetchone():
        ON_DEMAND[name](tables)


_THERE = "SELECT 1 FROM information_schema.tables WHERE table_name = $1"


def _labels(tables: Tables) -> None:
    campaigns = campaigns_met(tables)
    rows = tables.con.execute("SELECT label_key, campaign, channel, template, tag FROM label_campaign").fetchall()
    names = ("campaign", "programme", "purpose", "channel", "template", "variant")
    found = [
        (str(campaign), campaigns[str(campaign)].programme, _purpose(campaigns, str(campaign)), channel, template, tag)
        for _, campaign, channel, template, tag in rows
    ]
    columns = {name: _texts([row[place] for row in found]) for place, name in enumerate(names)}
    _put(tables, "kpi_label", {"label_key": pyarrow.array([row[0] for row in rows], pyarrow.int64())} | columns)


def _campaigns(tables: Tables) -> None:
    campaigns = campaigns_met(tables)
    channels: dict[str, set[str]] = {}
    for campaign, channel in tables.con.execute("SELECT DISTINCT campaign, channel FROM label_campaign").fetchall():
        channels.setdefault(str(campaign), set()).add(channel or NONE)
    told = [channels.get(name, {NONE}) for name in campaigns]
    columns: dict[str, list[str | None]] = {
        "campaign": [*campaigns],
        "programme": [one.programme for one in campaigns.values()],
        "purpose": [_purpose(campaigns, name) for name in campaigns],
        "channel": [next(iter(one)) if len(one) == 1 else SEVERAL for one in told],
    }
    _put(tables, "kpi_campaign", {name: _texts(values) for name, values in columns.items()})


def _purpose(campaigns: Mapping[str, Campaign], name: str) -> str | None:
    """A campaign's purpose; messages of no campaign have none."""
    return None if name == UNASSIGNED else campaigns[name].purpose


def _zones(tables: Tables) -> None:
    zones = [row[0] for row in tables.con.execute("SELECT DISTINCT recipient_zone FROM funnel_zone_cell").fetchall()]
    known = [zone for zone in zones if zone is not None]
    columns = {
        "recipient_zone": pyarrow.array(known, pyarrow.int64()),
        "country": _texts([country_of(int(zone)) for zone in known]),
    }
    _put(tables, "kpi_zone", columns)


@functools.lru_cache(maxsize=4096)
def country_of(zone: int) -> str:
    """Country (ISO 3166) of a number's zone; the zone itself, like `+878`, where it is no country's.

    Of countries that share a code the main one: Guernsey's numbers count as British. Source: the metadata of libphonenumber.

    Example:
        >>> country_of(49), country_of(1876), country_of(77), country_of(878)
        ('DE', 'JM', 'KZ', '+878')
    """
    import phonenumbers

    text = str(zone)
    if text.startswith("1") and len(text) == 4:
        number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{text[1:]}2345678"[:10]))
        regions = phonenumbers.region_codes_for_country_code(1)
        return next((one for one in regions if phonenumbers.is_valid_number_for_region(number, one)), f"+{text}")
    if text.startswith("7"):
        return "KZ" if text in ("76", "77") else "RU"
    region = phonenumbers.region_code_for_country_code(zone)
    return region if re.fullmatch("[A-Z]{2}", region) and region != "ZZ" else f"+{text}"


def _segments(tables: Tables) -> None:
    bind_attributes(tables)
    tables.con.execute("CREATE OR REPLACE TEMP TABLE kpi_segment (message_key BIGINT, segment VARCHAR)")
    for name, versions in sorted(tables.state.segments.items()):
        members, parameters = segment_members(versions[-1], "m.send_us", "message")
        tables.con.execute(f"INSERT INTO kpi_segment SELECT k, ? FROM ({members})", [name, *parameters])
    tables.con.execute(
        f"INSERT INTO kpi_segment SELECT m.message_key, '{NONE}' FROM message AS m"
        " ANTI JOIN kpi_segment AS s ON m.message_key = s.message_key"
    )


def _unrated(tables: Tables) -> None:
    """Messages without a price, but not of campaigns whose bill pays for those."""
    once(tables, "cost_day")
    billed = {line.campaign for line in ledger(tables) if line.kind == "messaging" and not line.covers}
    _put(tables, "kpi_billed", {"campaign": _texts(sorted(name for name in billed if name is not None))})
    tables.con.execute(
        "CREATE OR REPLACE TEMP TABLE unrated_day AS SELECT campaign, send_day, unpriced FROM message_cost"
        " WHERE unpriced > 0 AND campaign NOT IN (SELECT campaign FROM kpi_billed)"
    )


def _unconverted(tables: Tables) -> None:
    """Cost lines left out for want of a rate, on each day they would stand on; discounts, which are a memo, left out."""
    tz = zone(tables.state.timezone)
    left = [one.posting for one in full_ledger(tables).unconverted if one.posting.kind != MEMO]
    spans = [days_of(one.from_us, one.until_us, tz) for one in left]
    table = pyarrow.table(
        {
            "campaign": pyarrow.array([one.campaign for one in left], pyarrow.string()),
            "line": pyarrow.array(list(range(len(left))), pyarrow.int64()),
            "first_day": pyarrow.array([first for first, _ in spans], pyarrow.int64()),
            "days": pyarrow.array([days for _, days in spans], pyarrow.int64()),
        }
    )
    tables.con.register("unconverted_given", table)
    tables.con.execute(
        "CREATE OR REPLACE TEMP TABLE unconverted_day AS SELECT campaign, line, CAST(first_day + k AS INTEGER) AS day"
        " FROM (SELECT *, unnest(range(days)) AS k FROM unconverted_given)"
    )
    tables.con.unregister("unconverted_given")


ON_DEMAND: dict[str, Callable[[Tables], None]] = {
    "kpi_label": _labels,
    "kpi_campaign": _campaigns,
    "kpi_zone": _zones,
    "kpi_segment": _segments,
    "cost_day": register_cost_day,
    "unrated_day": _unrated,
    "unconverted_day": _unconverted,
    "survey_counted": bind_counted,
    "survey_round": bind_counted,
    "survey_responded": bind_counted,
}
"""Tables that a generation does not hold, and what makes them."""


def _texts(values: Sequence[str | None]) -> pyarrow.Array:
    return pyarrow.array([NONE if value is None else value for value in values], pyarrow.string())


def _put(tables: Tables, name: str, columns: dict[str, pyarrow.Array]) -> None:
    tables.con.register(f"{name}_given", pyarrow.table(columns))
    tables.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {name}_given")
    tables.con.unregister(f"{name}_given")

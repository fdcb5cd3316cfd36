"""What checks stand on: the open tables, and small tables of what was declared, so that every check is one query.

audit_now           now_us
audit_campaign      campaign, purpose, declared, first_us, last_us (of its sends), margin
audit_price         message_key, price_micro (what the message costs; null where nobody knows)
audit_ledger        line, campaign, cost_kind, amount_micro, evidence, covers, from_us, until_us, description
audit_experiment    experiment, campaign, control, window_us, closed_us
audit_unit          experiment, campaign, contact_key, held_out, arm, arms, own_arms, assigned_us, until_us
audit_import_file   seq, file, kind, rows (accepted and refused)
audit_import        seq, file, kind, reason, refused
audit_setting       name, since_us, value, before
audit_source        source, live, standing, silent_us, usual_us
audit_day           day, start_us, end_us (of each day with orders)
audit_outside       order_key, coupon, code (orders by people whom a coupon was not meant for)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from earnest.kernel.finding import Finding
from earnest.kernel.money import MICRO_PER_MAJOR, exponent

NARROW = "audit_narrow"


@dataclass(frozen=True, slots=True)
class Ground:
    """The tables under audit.

    Args:
        con: connection on which the tables and those above are bound.
        margins: gross margin by campaign; a campaign without one is missing or None.
        findings: what health checks elsewhere have told, by campaign (None: of the whole workspace).
        now_us: the instant it is judged at. level: of intervals.
    """

    con: duckdb.DuckDBPyConnection
    currency: str
    level: float
    now_us: int
    margins: Mapping[str, Decimal | None]
    findings: tuple[tuple[str | None, Finding], ...] = ()

    @property
    def minor_per_major(self) -> int:
        return int(10 ** exponent(self.currency))

    @property
    def micro_per_minor(self) -> int:
        return int(MICRO_PER_MAJOR // self.minor_per_major)

    def margin(self, campaign: str | None) -> float:
        """Gross margin of a campaign; 1 (revenue counts in full) where none is known."""
        known = self.margins.get(campaign or "")
        return float(known) if known is not None else 1.0

    @property
    def margin_known(self) -> bool:
        """Whether every campaign has a margin, so that effects are contributions; else they are revenue less cost."""
        return bool(self.margins) and all(one is not None for one in self.margins.values())


@contextmanager
def narrowed(con: duckdb.DuckDBPyConnection, **inputs: str) -> Iterator[None]:
    """Run production SQL over fewer rows: views of the inputs' names in a schema that is searched first."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {NARROW}")
    for name, table in inputs.items():
        con.execute(f"CREATE OR REPLACE VIEW {NARROW}.{name} AS SELECT * FROM {table}")
    con.execute(f"SET search_path = '{NARROW},main'")
    try:
        yield
    finally:
        con.execute("SET search_path = 'main'")
        for name in inputs:
            con.execute(f"DROP VIEW {NARROW}.{name}")

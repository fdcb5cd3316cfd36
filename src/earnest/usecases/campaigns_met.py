"""Every campaign there is: declared, or met in a file."""

from __future__ import annotations

from collections.abc import Collection

from earnest.definitions.campaign import UNASSIGNED, Campaign
from earnest.kernel.declared import check_known
from earnest.kernel.errors import NotFound
from earnest.usecases.tables import Tables


def campaigns_met(tables: Tables) -> dict[str, Campaign]:
    """Declared campaigns, then those only a file's column names, then `unassigned` if messages fell to it."""
    met = [
        str(row[0])
        for row in tables.con.execute("SELECT DISTINCT campaign FROM label_campaign ORDER BY campaign").fetchall()
    ]
    known = dict(sorted(tables.state.campaigns.items()))
    for name in met:
        if name not in known and name != UNASSIGNED:
            known[name] = Campaign(name, name, declared=False)
    if UNASSIGNED in met:
        known[UNASSIGNED] = Campaign(UNASSIGNED, UNASSIGNED, declared=False)
    return known


def check_met(known: Collection[str], campaign: str) -> None:
    """Refuse a campaign that is neither declared nor met.

    Raises:
        NotFound: `no-such-campaign`.
    """
    refusal = NotFound, "no-such-campaign"
    check_known(known, campaign, what="campaign", hint="See `earnest campaign list`.", refusal=refusal)

"""The price lists of the simulated provider: published USD prices copied by hand, and small made-up ones."""

from __future__ import annotations

from decimal import Decimal

ISO = {
    "India": "IN", "Germany": "DE", "Brazil": "BR", "North America": "CA US", "Kazakhstan": "KZ", "Other": "*",
    "Rest of Latin America": "BO CR DO EC GT HN HT JM NI PA PR PY SV UY VE",
}  # fmt: skip
COLUMNS = [
    "effective_from", "effective_until", "pricing_model", "market", "country_codes", "category", "tier_from", "tier_to",
    "currency", "price",
]  # fmt: skip
# First day, model, then per market: marketing, utility, authentication, service, authentication_international; or, in
# 2022, business_initiated and user_initiated. - is not known. Copied by hand from the published USD cards.
REAL = """2022-02-01 conversation; India .0066 .0040; Germany .1365 .0819; Brazil .0500 .0300; North America .0147 .0088; Rest of Latin America .0706 .0423
2023-06-01 conversation; India .0099 .0042 - .0040; Germany .1365 .0853 .0768 .0819; Brazil .0625 .0350 .0315 .0300; North America .0250 - .0135; Rest of Latin America .0740 - .0445; Other .0604 .0338 .0304 .0145
2024-08-01 conversation; India .0099 .0014 .0014 .0040 .0280; Germany .1365 .0550 .0768 .0819; Brazil .0625 .0080 .0315 .0300; North America .0250 .0040 .0135; Rest of Latin America .0740 .0113 .0445; Other .0604 .0077 .0304 .0145
2024-10-01 conversation; India .0107 .0014 .0014 .0040 .0280; Germany .1365 .0550 .0768 .0819; Brazil .0625 .0080 .0315 .0300; North America .0250 .0040 .0135; Rest of Latin America .0740 .0113 .0445; Other .0604 .0077 .0304 .0145
2024-11-01 conversation; India .0107 .0014 .0014 0 .0280; Germany .1365 .0550 .0768 0; Brazil .0625 .0080 .0315 0; North America .0250 .0040 .0135 0; Rest of Latin America .0740 .0113 .0445 0; Other .0604 .0077 .0304 0
2025-07-01 message; India .0107 .0014 .0014 0 .0280; Germany .1365 .0550 .0550 0; Brazil .0625 .0068 .0068 0; North America .0250 .0040 - 0; Rest of Latin America .0740 .0113 .0113 0; Other .0604 .0077 .0077 0
2025-10-01 message; India .0107 .0014 .0014 0 .0280; Germany .1365 .0550 .0550 0; Brazil .0625 .0068 .0068 0; North America .0250 .0040 .0040 0; Rest of Latin America .0740 .0113 .0113 0; Other .0604 .0077 .0077 0
2026-01-01 message; India .0118 .0014 .0014 0 .0280; Germany .1365 .0550 .0550 0; Brazil .0625 .0068 .0068 0; North America .0250 .0034 .0034 0; Rest of Latin America .0740 .0113 .0113 0; Other .0604 .0077 .0077 0
2026-04-01 message; India .0118 .0014 .0014 0 .0304; Germany .1365 .0550 .0550 0; Brazil .0625 .0068 .0068 0; North America .0250 .0034 .0034 0; Rest of Latin America .0740 .0113 .0113 0; Other .0604 .0077 .0077 0
2026-10-01 message; India .0118 .0014 .0014 .0014 .0304; Germany .1365 .0550 .0550 .0550; Brazil .0625 .0068 .0068 .0068; North America .0250 .0034 .0034 .0034; Rest of Latin America .0740 .0113 .0113 .0113; Other .0604 .0077 .0077 .0077; Kazakhstan .0604 .0180 .0180 .0180 .1600"""  # noqa: E501

OLD = ("business_initiated", "user_initiated")
NEW = ("marketing", "utility", "authentication", "service", "authentication_international")
# Everything differs from the published lists, and the tiers are small enough for a few hundred messages.
SMALL = """2022-02-01 conversation; India .0100 .0070; Germany .2000 .1200; Brazil .0300 .0110; North America .0170 .0020; Rest of Latin America .0310 .0230
2023-06-01 conversation; India .0150 .0060 .0030 .0090 .0410; Germany .1500 .0700 .0650 .0110; Brazil .0610 .0340 .0290 .0130; North America .0270 .0050 .0140 .0080; Rest of Latin America .0730 .0210 .0440 .0190; Other .0590 .0310 .0320 .0170
2024-11-01 conversation; India .0160 .0050 .0040 0 .0420; Germany .1400 .0600 .0550 0; Brazil .0620 .0090 .0310 0; North America .0280 .0030 .0150 0; Rest of Latin America .0720 .0120 .0430 0; Other .0580 .0080 .0330 0
2025-07-01 message; India .0170 .0040 .0050 0 .0430; Germany .1300 .0500 .0450 0; Brazil .0630 .0070 .0320 0; North America .0290 .0020 .0160 0; Rest of Latin America .0710 .0130 .0420 0; Other .0570 .0090 .0340 0
2026-10-01 message; India .0180 .0030 .0060 .0030 .0440; Germany .1200 .0400 .0350 .0400; Brazil .0640 .0060 .0330 .0060; North America .0300 .0010 .0170 .0010; Rest of Latin America .0700 .0140 .0410 .0140; Other .0560 .0100 .0350 .0100; Kazakhstan .0550 .0150 .0360 .0150 .1500"""  # noqa: E501


def rows(periods: str, currency: str, bounds: tuple[int, ...] = ()) -> list[dict[str, str]]:
    """The rows of a card; with bounds, utility and authentication get tiers of 90 % of the price each."""
    found, lines = [], [line.split("; ") for line in periods.splitlines()]
    for line, later in zip(lines, [*lines[1:], ["9999-01-01 "]], strict=True):
        start, model = line[0].split()
        until = later[0].split()[0]
        for entry in line[1:]:
            words = entry.split()
            market = " ".join(word for word in words if word[0].isalpha())
            prices = words[len(market.split()) :]
            for category, price in zip(OLD if start < "2023-06-01" else NEW, prices, strict=False):
                tiered = model == "message" and category.startswith(("utility", "authentication"))
                edges = (0, *bounds) if tiered else (0,)
                for k, (low, high) in enumerate(zip(edges, (*edges[1:], 0), strict=True)):
                    if price != "-":
                        text = str((Decimal(price) * Decimal("0.9") ** k).quantize(Decimal("0.0001")))
                        tier = (str(low + (k > 0)), str(high or "")) if tiered else ("", "")
                        values = (start, until, model, market, ISO[market], category, *tier, currency, text)
                        found.append(dict(zip(COLUMNS, values, strict=True)))
    return found

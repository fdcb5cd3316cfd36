"""Webhook bodies: parsing and the whole import, against decoding the same bytes and nothing else."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bench.case import Ratio, median_seconds
from earnest.channels.whatsapp import parse
from earnest.usecases.import_files import import_files
from earnest.usecases.workspace import init

STATUSES = 300_000
_DECODE = msgspec.json.Decoder().decode


def bodies(_statuses: int) -> Iterator[Ratio]:
    """300 k statuses, a thousand a body and one a body: parse and import against msgspec decoding the bodies alone."""
    for per_body, parse_bar, import_bar in ((1_000, 8, 60), (1, 12, 60)):
        lines = [msgspec.json.encode(body) for body in _bodies(per_body)]
        named = f"{per_body:,} a body"
        decoding = median_seconds(lambda: deque(map(_DECODE, lines), 0))  # noqa: B023
        parsing = median_seconds(lambda: [deque(parse(_DECODE(line)), 0) for line in lines])  # noqa: B023
        importing = median_seconds(lambda: _import(lines))  # noqa: B023
        yield Ratio(f"bodies per second, decoded and parsed, {named}", len(lines) / parsing, "bodies/s")
        yield Ratio(f"statuses per second, decoded and parsed, {named}", STATUSES / parsing, "statuses/s")
        yield Ratio(f"decode and parse / decode alone, {named}", parsing / decoding, bar=parse_bar)
        yield Ratio(f"statuses per second, from file to durable segments, {named}", STATUSES / importing, "statuses/s")
        yield Ratio(f"whole import / decode alone, {named}", importing / decoding, bar=import_bar)


def _import(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bodies.jsonl"
        path.write_bytes(b"\n".join(lines))
        workspace = init(Path(folder) / "w", currency="EUR", timezone="Europe/Berlin")
        import_files(workspace, [path], "whatsapp", then_build=False)


def _bodies(per_body: int) -> Iterator[dict[str, Any]]:
    """Statuses as a campaign makes them: sent, delivered, two thirds read; priced on the first two; 120,000 people."""
    told = [one for number in range(STATUSES * 3 // 8 + 1) for one in _statuses(number)][:STATUSES]
    metadata = {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}
    for first in range(0, STATUSES, per_body):
        value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": told[first : first + per_body]}
        change = {"value": value, "field": "messages"}
        yield {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}


def _statuses(number: int) -> Iterator[dict[str, Any]]:
    price = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}
    person = f"49151{10_000_000 + number * 7919 % 120_000}"
    sent = 1_772_359_200 + number // 40
    common = {"id": f"wamid.HBgNNDkxNTE{number:09d}FQIAERgSMDhFNzkzQ0QzQUMzQTVGQjA2AA==", "recipient_id": person}
    callback = {"biz_opaque_callback_data": f"camp-{number % 20}"}
    yield common | {"status": "sent", "timestamp": str(sent), "pricing": price} | callback
    yield common | {"status": "delivered", "timestamp": str(sent + 5), "pricing": price}
    if number % 3:
        yield common | {"status": "read", "timestamp": str(sent + 600)}

"""A small business whose systems tell everything live: journalled as a server would, in any order, again and again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.definitions.source import Source
from earnest.journal.log import RECEIVED, Draft
from earnest.usecases.workspace import KEY_FILE, Workspace, init

START_S = 1_780_000_000
HOUR_S = 3600


@dataclass
class Clock:
    """Microseconds; a second later at each look."""

    now_us: int = (START_S + 40 * 24 * HOUR_S) * 1_000_000

    def __call__(self) -> int:
        self.now_us += 1_000_000
        return self.now_us


@dataclass(frozen=True)
class Delivery:
    """One webhook: which source, and its body."""

    source: str
    body: bytes


def workspace_with_sources(folder: Path, clock: Callable[[], int] | None = None) -> Workspace:
    """A workspace with a WhatsApp and a Messenger source, and always the same key."""
    workspace = init(folder, currency="USD", timezone="Europe/Berlin", clock=clock or Clock())
    (folder / KEY_FILE).write_text("5e" * 32 + "\n")
    for name in ("whatsapp", "messenger"):
        source = Source(name, name, "meta", ("env:META_APP_SECRET",))
        workspace.record("source.set", source.to_json())
    return workspace


def journal(workspace: Workspace, deliveries: Iterable[Delivery]) -> None:
    """Journal deliveries as the server does: raw, at once."""
    drafts = [Draft(RECEIVED, one.body, one.source, workspace.clock(), None, _HEADERS) for one in deliveries]
    with workspace.journal() as log:
        log.append_many(drafts)


_HEADERS = {"content-type": "application/json"}


def whatsapp(value: dict[str, Any], field: str = "messages") -> Delivery:
    held = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": "1001", "display_phone_number": "15550001111"},
    }
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "77", "changes": [{"field": field, "value": held | value}]}],
    }
    return Delivery("whatsapp", json.dumps(body).encode())


def messenger(*events: dict[str, Any]) -> Delivery:
    return Delivery(
        "messenger",
        json.dumps({"object": "page", "entry": [{"id": "55", "time": 1, "messaging": list(events)}]}).encode(),
    )


def told(seed: int, people: int = 12, messages: int = 40) -> list[Delivery]:
    """A business's deliveries, shuffled: statuses by phone, by user id or both, answers, changed numbers, watermarks."""
    draw = random.Random(seed)
    found: list[Delivery] = []
    for number in range(messages):
        person = draw.randrange(people)
        phone, user = f"4915110000{person:03}", f"DE.{person:08}"
        sent_s = START_S + draw.randrange(20 * 24) * HOUR_S
        known = draw.choice(("phone", "phone", "user", "both"))
        for step, status in enumerate(("sent", "delivered", "read")[: draw.randint(1, 3)]):
            told_status: dict[str, Any] = {
                "id": f"wamid.live{seed}x{number}",
                "status": status,
                "timestamp": str(sent_s + 60 * step),
                "recipient_id": phone if known != "user" else "",
            }
            if known != "phone":
                told_status["recipient_user_id"] = user
            if status != "read":
                told_status["pricing"] = {
                    "billable": True,
                    "pricing_model": "PMP",
                    "type": "regular",
                    "category": "marketing",
                }
            found.append(whatsapp({"statuses": [told_status]}))
        if draw.random() < 0.4:
            answer: dict[str, Any] = {
                "id": f"wamid.in{seed}x{number}",
                "from": phone,
                "timestamp": str(sent_s + 4000),
                "type": "text",
                "text": {"body": "hello"},
            }
            contact = {"wa_id": phone, "profile": {"name": "A"}}
            if draw.random() < 0.4:
                answer["from_user_id"] = contact["user_id"] = user
            found.append(whatsapp({"contacts": [contact], "messages": [answer]}))
        if draw.random() < 0.05:
            changed = {"id": f"wamid.sys{seed}x{number}", "from": phone, "timestamp": str(sent_s + 9000), "type": "system",
                       "system": {"type": "user_changed_number", "body": "x", "wa_id": f"4915120000{draw.randrange(people):03}"}}  # fmt: skip
            found.append(whatsapp({"messages": [changed]}))
        psid = str(9000 + person)
        if draw.random() < 0.5:
            echo = {
                "sender": {"id": "55"},
                "recipient": {"id": psid},
                "timestamp": sent_s * 1000,
                "message": {"is_echo": True, "mid": f"m_{seed}x{number}", "text": "hi"},
            }
            found.append(messenger(echo))
        if draw.random() < 0.4:
            mark = (sent_s + draw.randrange(-5, 6) * HOUR_S) * 1000
            kind = draw.choice(("read", "delivery"))
            found.append(
                messenger(
                    {
                        "sender": {"id": psid},
                        "recipient": {"id": "55"},
                        "timestamp": mark + 5000,
                        kind: {"watermark": mark},
                    }
                )
            )
    found += draw.sample(found, len(found) // 5)
    draw.shuffle(found)
    return found

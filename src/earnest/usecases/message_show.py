"""One message: every telling of it, what became of it, what it is charged and why. Reads what is stored, rates nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from earnest.channels.channel import channels
from earnest.events.failure import failure_class, failure_reason
from earnest.events.keys import content_key
from earnest.events.kinds import Status
from earnest.importers.emit import shown_text
from earnest.kernel.errors import NotFound
from earnest.kernel.period import moment_of
from earnest.rating.cards import Rate
from earnest.rating.markets import market_names
from earnest.rating.reason import SENTENCES, ChargeReason
from earnest.usecases.rating_basis import book_of
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Telling:
    """One time a source told of the message. `times` counts equal tellings."""

    what: str
    occurred_us: int
    received_us: int
    source: str
    times: int
    error_code: str | None = None
    channel: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "at": moment_of(self.occurred_us).isoformat(),
            "received": moment_of(self.received_us).isoformat(),
            "source": self.source,
            "times": self.times,
            "error": self._error(),
        }

    def _error(self) -> dict[str, Any] | None:
        if self.error_code is None:
            return None
        known = failure_reason(self.channel, self.error_code)
        return {
            "code": self.error_code,
            "class": failure_class(self.channel, self.error_code).value,
            "meaning": known.meaning if known else "a reason this version does not know",
        }


@dataclass(frozen=True, slots=True)
class Charge:
    """What the provider charges for it.

    Args:
        micro: in millionths of `currency`; None where it cannot be known (`reason` says why).
        tier: 1 is the list rate, 0 the free allowance; None where no card row decides.
    """

    micro: int | None
    currency: str
    reason: ChargeReason
    market: str | None = None
    tier: int | None = None
    rate: Rate | None = None
    terms: dict[str, Any] | None = None

    @property
    def amount(self) -> Decimal | None:
        """In major units."""
        return Decimal(self.micro) / 1_000_000 if self.micro is not None else None

    def to_json(self) -> dict[str, Any]:
        rate = self.rate
        return {
            "amount": str(self.amount) if self.amount is not None else None,
            "currency": self.currency,
            "reason": self.reason.code,
            "words": SENTENCES[self.reason],
            "market": self.market,
            "tier": self.tier,
            "card": rate.card if rate else None,
            "card_row": rate.row if rate else None,
            "card_price": str(rate.price) if rate else None,
            "effective_from": rate.effective_from.isoformat() if rate else None,
            "effective_until": rate.effective_until.isoformat() if rate and rate.effective_until else None,
            "source": rate.source if rate else None,
            "confidence": rate.confidence if rate else None,
            "told": self.terms,
        }


@dataclass(frozen=True, slots=True)
class MessageStory:
    """A message's life and charge. `charge` is None where no source told a price or terms."""

    message_id: str
    campaign: str | None
    recognised_by: str | None
    channel: str | None
    state: dict[str, str | None]
    life: tuple[Telling, ...]
    charge: Charge | None

    def to_json(self) -> dict[str, Any]:
        return {
            "message_id": self.message_id,
            "campaign": self.campaign,
            "recognised_by": self.recognised_by,
            "channel": self.channel,
            "state": self.state,
            "life": [one.to_json() for one in self.life],
            "charge": self.charge.to_json() if self.charge else None,
        }


def show_message(workspace: Workspace, message_id: str, *, as_of_us: int | None = None) -> list[MessageStory]:
    """All messages of an id: of a group send one a participant; of several sources one each.

    Raises:
        NotFound: `no-such-message`.
    """
    with open_tables(workspace, as_of_us=as_of_us) as tables:
        found = _keys(tables, message_id)
        if not found:
            raise NotFound(
                "no-such-message",
                f"no message of the id '{message_id}' was told",
                hint="Give the provider's id as it stands in the webhook or file, for example wamid.HBgL….",
            )
        return [_story(tables, key, name) for key, name in found]


def _keys(tables: Tables, message_id: str) -> list[tuple[int, str]]:
    sources = [str(r[0]) for r in tables.con.execute("SELECT DISTINCT source FROM event_message").fetchall()]
    keys = [content_key(f"message:{source}:{message_id}") for source in {*sources, *channels()}]
    rows = tables.con.execute(
        "SELECT DISTINCT message_key, message_id FROM event_message WHERE message_key IN (SELECT unnest($1::BIGINT[]))"
        " OR starts_with(message_id, $2) ORDER BY message_id, message_key",
        [keys, f"{shown_text(message_id)}:"],
    ).fetchall()
    return [(int(key), message_id if int(key) in keys else str(name)) for key, name in rows]


def _story(tables: Tables, key: int, message_id: str) -> MessageStory:
    row = tables.con.execute(
        "SELECT m.send_us, m.sent_us, m.delivered_us, m.read_us, m.failed_us, m.error_code, m.cost_micro, m.terms_key, l.campaign, l.how, l.channel"
        " FROM message AS m LEFT JOIN label_campaign AS l ON m.label_key = l.label_key WHERE m.message_key = $1",
        [key],
    ).fetchone()
    assert row is not None
    send, sent, delivered, read, failed, error, cost, terms, campaign, how, channel = row
    instants = {"first_told": send, "sent": sent, "delivered": delivered, "read": read, "failed": failed}
    state = {name: moment_of(us).isoformat() if us is not None else None for name, us in instants.items()}
    state["error_code"] = error
    charge = _charge(tables, key) if terms is not None else None
    silent = charge is None or (charge.terms or {}).get("category") is None
    if cost is not None and silent and (charge is None or charge.reason is ChargeReason.NOT_DELIVERED):
        charge = Charge(int(cost), tables.state.currency, ChargeReason.PROVIDER_PRICE)
    return MessageStory(message_id, campaign, how, channel, state, _life(tables, key, channel), charge)


def _life(tables: Tables, key: int, channel: str | None) -> tuple[Telling, ...]:
    names = " ".join(f"WHEN {status.value} THEN '{status.name.lower()}'" for status in Status)
    told = [f"SELECT CASE status {names} END AS what, occurred_us, received_us, source, error_code FROM event_message"]
    told += [
        f"SELECT {what} AS what, occurred_us, received_us, source, NULL AS error_code FROM event_{kind}"
        for kind, what in (("reply", "'replied'"), ("click", "'clicked'"), ("opt", "'opted ' || direction"))
    ]
    listed = " UNION ALL ".join(f"{one} WHERE message_key = {key}" for one in told)
    rows = tables.con.execute(
        f"SELECT what, occurred_us, min(received_us), source, count(*), error_code FROM ({listed})"
        " GROUP BY what, occurred_us, source, error_code ORDER BY occurred_us, what"
    ).fetchall()
    return tuple(
        Telling(what, at_us, known_us, source, times, code, channel)
        for what, at_us, known_us, source, times, code in rows
    )


def _charge(tables: Tables, key: int) -> Charge:
    row = tables.con.execute(
        "SELECT c.charge_micro, t.currency, c.reason, c.market, c.step, c.card_row, t.account, t.number, t.portfolio, t.category,"
        " t.pricing_model, t.pricing_type"
        " FROM message AS m JOIN rating_terms AS t ON m.terms_key = t.terms_key LEFT JOIN charge AS c ON m.message_key = c.message_key"
        " WHERE m.message_key = $1",
        [key],
    ).fetchone()
    assert row is not None
    micro, currency, reason, market, step, card_row, *told = row
    names = ("account", "number", "portfolio", "category", "pricing_model", "pricing_type")
    terms = dict(zip(names, told, strict=True))
    if reason is None:
        return Charge(0, currency, ChargeReason.NOT_DELIVERED, terms=terms)
    rate = next((r for r in book_of(tables.state).rates if r.row == card_row), None)
    place = market_names()[market - 1] if market is not None else None
    return Charge(micro, currency, ChargeReason(reason), place, step, rate, terms)

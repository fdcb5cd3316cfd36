"""Did it arrive? Counted by the day of the send, so that cohorts add up."""

from earnest.kpis.benchmarks import ComparableDefinition
from earnest.kpis.kpi import Kpi

KPIS = (
    Kpi(
        id="messages_delivered",
        name="Messages delivered",
        question="How many messages reached a phone?",
        numerator="messages delivered (a read one counts as delivered)",
        denominator=None,
        unit="count",
        direction="context",
        measures=("delivered", None),
        needs=("message",),
        example="9,400 delivered and 100 read without a delivery receipt → 9,500",
        source="Meta Cloud API status webhooks: delivered may be skipped when the chat is open (read 2025-12)",
    ),
    Kpi(
        id="delivery_rate",
        name="Delivery rate",
        question="What share of what was sent arrived?",
        numerator="messages delivered",
        denominator="messages sent (accepted ones that failed included)",
        unit="share",
        direction="higher",
        measures=("delivered", "sent"),
        minimum_n=100,
        needs=("message",),
        example="9,500 delivered of 10,000 sent → 95.0 %",
        caveats="E-mail and push count acceptance by a server, not arrival on a device.",
        comparable=ComparableDefinition("delivered", "sent"),
        synonyms=("deliverability",),
    ),
    Kpi(
        id="read_rate",
        name="Read rate",
        question="What share of the delivered messages was read, at least?",
        numerator="messages with a read receipt",
        denominator="messages delivered",
        unit="share",
        direction="higher",
        measures=("was_read", "delivered"),
        minimum_n=100,
        needs=("message", "read"),
        example="6,650 read of 9,500 delivered → 70.0 %",
        caveats="A lower bound: receipts can be switched off. SMS and Telegram bots have none, so it is refused there.",
        comparable=ComparableDefinition("reads", "delivered"),
        synonyms=("open_rate", "seen_rate"),
    ),
)

"""Why a message costs what it costs: one reason a charge."""

from __future__ import annotations

from enum import IntEnum


class ChargeReason(IntEnum):
    """Reasons from 1 are charges, from 10 free, from 20 unknown: unknown is never 0."""

    CARD = 1
    PROVIDER_PRICE = 2
    ALLOWANCE = 10
    FREE_CUSTOMER_SERVICE = 11
    FREE_ENTRY_POINT = 12
    FREE_GROUP = 13
    NOT_BILLABLE = 14
    SAME_CONVERSATION = 15
    BUSINESS_APP = 16
    NOT_DELIVERED = 17
    MARKET_UNKNOWN = 20
    RATE_UNKNOWN = 21
    TIME_OUT_OF_CARDS = 22
    CATEGORY_UNKNOWN = 23

    @property
    def code(self) -> str:
        """The reason as people and JSON write it: ``market-unknown``."""
        return self.name.lower().replace("_", "-")

    @property
    def free(self) -> bool:
        """Whether the provider charges nothing for it."""
        return 10 <= self < 20

    @property
    def unknown(self) -> bool:
        """Whether the charge cannot be known."""
        return self >= 20


SENTENCES = {
    ChargeReason.CARD: "charged by the rate card",
    ChargeReason.PROVIDER_PRICE: "the provider told the price it was sold at (max-price bidding)",
    ChargeReason.ALLOWANCE: "within the free messages of the month",
    ChargeReason.FREE_CUSTOMER_SERVICE: "free: the customer service window was open",
    ChargeReason.FREE_ENTRY_POINT: "free: the conversation began at an ad or a page button",
    ChargeReason.FREE_GROUP: "free: customer service in a group",
    ChargeReason.NOT_BILLABLE: "free: the provider says it is not billable",
    ChargeReason.SAME_CONVERSATION: "free: its conversation is charged with the message that opened it",
    ChargeReason.BUSINESS_APP: "free: sent by hand in the WhatsApp Business app",
    ChargeReason.NOT_DELIVERED: "not charged: it was not delivered",
    ChargeReason.MARKET_UNKNOWN: "unknown: no market is known for the recipient's number",
    ChargeReason.RATE_UNKNOWN: "unknown: the card has no rate for this market, category and volume",
    ChargeReason.TIME_OUT_OF_CARDS: "unknown: no card covers the time of delivery",
    ChargeReason.CATEGORY_UNKNOWN: "unknown: no status told the category",
}

FREE_TYPES = {
    "free_customer_service": ChargeReason.FREE_CUSTOMER_SERVICE,
    "free_entry_point": ChargeReason.FREE_ENTRY_POINT,
    "free_group_customer_service": ChargeReason.FREE_GROUP,
    "business_app": ChargeReason.BUSINESS_APP,
}
"""Pricing type the provider tells → why it is free."""

"""What every WhatsApp fixture says, written by hand from the payloads and from the published price rules.

One entry per file: the values that `parse` must yield, in any order, every element of the file accounted for. Only the
facts named are compared; a word that starts with … is the end of a longer id. `may` marks what may be told besides.
A status that tells a price carries a `Due`: whether its message was delivered within the file, and what the USD card
asks for it, had it been delivered at the status' time (account in UTC).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Fact = dict[str, Any]


class _Any:
    """Equals everything: the documents leave this fact open."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "anything"


ANY = _Any()


@dataclass(frozen=True)
class OneOf:
    """Any of a few answers, where the documents allow more than one."""

    answers: tuple[Any, ...]

    def __eq__(self, other: object) -> bool:
        return other in self.answers

    def __hash__(self) -> int:
        return 0


@dataclass(frozen=True)
class Due:
    """What is asked for one status.

    Args:
        delivered: the file tells that the message was delivered, read or played; else nothing is charged.
        market: whose card holds. price: of the card. free: why nothing is asked. unknown: why no price is known.
        allowance: one of the first 1,000 of its month, so that the file alone costs nothing in spite of the price.
    """

    delivered: bool
    market: str | None = None
    price: Decimal | None = None
    free: str | None = None
    unknown: str | None = None
    allowance: bool = False


@dataclass(frozen=True)
class Expected:
    """One value that `parse` must yield: its kind, its facts and, of a status with a price, what is due.

    Args:
        required: false if it may be told besides.
    """

    kind: str
    facts: Fact
    due: Due | None = None
    required: bool = True


def price(market: str, text: str, *, delivered: bool = True, allowance: bool = False) -> Due:
    return Due(delivered, market=market, price=Decimal(text), allowance=allowance)


def free(reason: str, *, delivered: bool = True) -> Due:
    return Due(delivered, free=reason)


def unknown(reason: str, *, delivered: bool = True) -> Due:
    return Due(delivered, unknown=reason)


META, NUMBER, PYWA_NUMBER = "102290129340398", "106540352242922", "1122334455667"
SHEENA, PERSON, BSUID = "16505551234", "972987654321", "US.13491208655302741918"
LONG = "user.9373795779eb6441c8adb2eaee5b848e7dd174ddd302d7db62142f4722d574b6"
ERA = {"CBP": "conversation", "PMP": "message"}


def status(
    name: str,
    message: str,
    at: int,
    phone: str | None,
    *,
    account: str = META,
    number: str = NUMBER,
    user: Any = None,
    country: Any = ANY,
    model: str | None = None,
    type_: str | None = None,
    category: str | None = None,
    billable: bool | None = None,
    conversation: str | None = None,
    callback: str | None = None,
    error: str | None = None,
    due: Due | None = None,
) -> Expected:
    stage = None if model is None else 2 if name == "SENT" else 3
    facts = {
        "message_id": message, "status": name, "occurred_us": at * 1_000_000, "phone": phone, "user_id": user,
        "country": country, "account": account, "number": number, "pricing_model": ERA.get(model or ""),
        "pricing_type": type_, "category": category, "billable": billable, "stage": stage, "cost": None,
        "conversation": conversation, "callback": callback, "error_code": error, "audience": None,
    }  # fmt: skip
    return Expected("StatusTold", facts, due)


def reply(
    kind: Any,
    message: str,
    at: int,
    phone: Any,
    *,
    user: Any = None,
    answers: Any = None,
    payload: Any = None,
    referral: str | None = None,
    country: Any = ANY,
) -> Expected:
    facts = {
        "reply_id": message, "occurred_us": at * 1_000_000, "phone": phone, "user_id": user, "reply_type": kind,
        "answers": answers, "payload": payload, "referral": referral, "country": country,
    }  # fmt: skip
    return Expected("ReplyTold", facts)


def opt(direction: str, door: str, at: int, phone: str, *, user: Any = None) -> Expected:
    facts = {"direction": direction, "door": door, "occurred_us": at * 1_000_000, "phone": phone, "user_id": user}
    return Expected("OptTold", facts)


def same(at: Any, phone: str | None, user: str | None, *, other_phone: str | None = None) -> Expected:
    """A phone and a user id, or two phones; in either order."""
    us = at * 1_000_000 if isinstance(at, int) else at
    return Expected("SamePerson", {"occurred_us": us, "people": frozenset({phone, user, other_phone} - {None})})


def notice(topic: Any, name: Any = ANY, *, subject: Any = ANY, at: Any = None) -> Expected:
    us = at * 1_000_000 if isinstance(at, int) else at
    return Expected("Notice", {"topic": topic, "name": name, "subject": subject, "occurred_us": us})


def rejected(*reasons: str, due: Due | None = None) -> Expected:
    return Expected("Rejected", {"reason": OneOf(reasons)}, due)


def may(expected: Expected) -> Expected:
    """Allowed besides the rest, not asked for."""
    return Expected(expected.kind, expected.facts, expected.due, required=False)


def pywa(name: Any, at: int, *, message: str = "wamid.xyzxyz", **facts: Any) -> list[Expected]:
    """A contact of the 2026 samples writes: a reply, and a phone told together with a user id."""
    return [reply(name, message, at, PERSON, user=OneOf((None, BSUID)), **facts), same(at, PERSON, BSUID)]


def pywa_status(name: str, at: int, *, account: str = "5467539754836534", **facts: Any) -> list[Expected]:
    told = status(
        name, "wamid.xyzxyz", at, PERSON, account=account, number=PYWA_NUMBER, user=OneOf((None, BSUID)), **facts
    )
    return [told, same(at, PERSON, BSUID)]


def echo(name: str) -> list[Expected]:
    """The business typed on its phone: neither the contact's reply nor a status."""
    return [notice("smb_message_echoes", OneOf((name, None)), at=1697044968), may(same(ANY, PERSON, BSUID))]


_SERVICE = {"model": "CBP", "category": "service", "billable": True}
_REGULAR = {"model": "PMP", "type_": "regular", "category": "marketing", "billable": True}
_WINDOW = {"model": "PMP", "type_": "free_customer_service", "category": "utility", "billable": False}
_OPENED = {"model": "CBP", "category": "marketing", "billable": True, "conversation": "cbp-1"}
_PAIR = "7270432eae37498234f4444b35ffc5"
_JAVA = {"account": "880480571844883", "number": "409550000000000"}
_JAVA_PAIR = "8eb644d2350611f3746e7f0985bddfc1"
_COURIER = {"account": "8856996819413533", "number": "1234567890"}

NORTH, ISRAEL = "North America", "Israel"

EXPECTED: dict[str, list[Expected]] = {
    # Composed: 2026-03-01T10:00Z, card of 2026-01-01; TEST1 is told sent twice, TEST2 skips delivered, TEST3 fails.
    "assembled_batch_out_of_order_duplicates.json": [
        status("READ", "wamid.TEST1", 1772359210, SHEENA),
        status("DELIVERED", "wamid.TEST1", 1772359205, SHEENA, **_REGULAR, due=price(NORTH, "0.0250")),
        status("SENT", "wamid.TEST1", 1772359201, SHEENA, **_REGULAR, due=price(NORTH, "0.0250")),
        status("SENT", "wamid.TEST1", 1772359201, SHEENA, **_REGULAR, due=price(NORTH, "0.0250")),
        status("SENT", "wamid.TEST2", 1772359201, SHEENA, **_WINDOW, due=free("free_customer_service")),
        status("READ", "wamid.TEST2", 1772359230, SHEENA, **_WINDOW, due=free("free_customer_service")),
        status(
            "FAILED", "wamid.TEST3", 1772359202, SHEENA, error="131049",
            account="102290129340399", number="106540352242923",
        ),
    ],
    "assembled_marketing_link_click_cta.json": [
        Expected("ClickTold", {
            "click_id": "IwZXh0bgNhZW0BMAABHb_TEST", "token": "example_token", "component": "cta", "phone": None,
            "user_id": None, "occurred_us": 1772359200_000000,
        })
    ],
    "assembled_status_bsuid_only.json": [
        status(
            "DELIVERED", "wamid.TEST24", 1772359200, None, user=BSUID, country="US", **_REGULAR,
            due=price(NORTH, "0.0250"),
        )
    ],
    # 2024-06-01T12:00Z: the conversation's card of 2023-06-01.
    "assembled_status_cbp_2024.json": [
        status("SENT", "wamid.TEST25", 1717243200, SHEENA, **_OPENED, due=price(NORTH, "0.0250", delivered=False))
    ],
    "assembled_status_cbp_second_message.json": [
        status("SENT", "wamid.TEST26", 1717243300, SHEENA, **_OPENED, due=price(NORTH, "0.0250", delivered=False))
    ],
    "courier_audio.json": [reply("audio", "external_id", 1454119029, "5678")],
    "courier_duplicate.json": [reply("text", "external_id", 1454119029, "5678")] * 2,
    "courier_error_msg.json": [reply("unsupported", "external_id", 1454119029, "5678")],
    "courier_group_message.json": [reply("text", "external_id", 1454119029, "5678")],
    "courier_hello.json": [reply("text", "external_id", 1454119029, "5678")],
    "courier_hello_from_bsuid.json": [reply("text", "external_id", 1454119029, None, user="US.1234")],
    # `deleted` is a documented word but no state of the ladder. Nothing tells delivery.
    "courier_ignore_status.json": [
        Expected("Notice", {"name": "deleted"}, free("free_entry_point", delivered=False)),
    ],
    "courier_invalid_from.json": [rejected("contact-unreadable")],
    "courier_invalid_status.json": [rejected("status-unknown", due=free("free_entry_point", delivered=False))],
    "courier_invalid_timestamp.json": [rejected("time-unreadable", "contact-unreadable")],
    "courier_list_reply.json": [reply("interactive", "external_id", 1454119029, "5678", payload="id_list_reply")],
    "courier_location.json": [reply("location", "external_id", 1454119029, "5678")],
    "courier_nfm_reply.json": [reply("interactive", "external_id", 1454119029, "5678", payload=ANY)],
    "courier_nfm_reply_non_object.json": [reply("interactive", "external_id", 1454119029, "5678", payload=ANY)],
    "courier_no_from.json": [rejected("contact-missing")],
    # 2016-01-30, before any card; the category says that the contact came through a free entry point.
    "courier_valid_status.json": [
        status(
            "SENT", "external_id", 1454119029, "5678", **_COURIER, model="CBP", category="referral_conversion",
            billable=False, conversation="CONVERSATION_ID", due=free("free_entry_point", delivered=False),
        )
    ],
    "courier_voice.json": [reply("voice", "external_id", 1454119029, "5678")],
    "docs_account_review_update_2.json": [notice("account_review_update", "APPROVED", at=1739321024)],
    "docs_autofill-button-authentication-templates_4.json": [
        reply(
            "button", "…QkE0MUNEMgA=", 1753919111, "12345678", answers="…MDEyMTFDNTE5NkFCOUU3QTEA",
            payload="DID_NOT_REQUEST_CODE",
        )
    ],
    # 2025-06-15: priced per message, before the first card per message.
    "docs_business-scoped-user-ids_21.json": [
        status(
            "DELIVERED", "…NDEzNDdFODU3MUMxMAA=", 1750030073, SHEENA, user=OneOf((None, LONG)), **_REGULAR,
            due=unknown("time-out-of-cards"),
        ),
        same(1750030073, SHEENA, LONG),
    ],
    "docs_business-scoped-user-ids_24.json": [
        reply("text", "…EwMTQ0RgA=", 1749416383, None, user="user.93737...", country="US")
    ],
    "docs_business_capability_update_2.json": [notice("business_capability_update", at=1739321024)],
    "docs_button_2.json": [
        reply(
            "button", "…ODU3MUMxMAA=", 1750091045, SHEENA, answers="…NUZGMUZEM0VBRAA=", payload="Unsubscribe"
        ),
        opt("out", "button", 1750091045, SHEENA),
    ],
    "docs_contacts_2.json": [reply("contacts", "…EwMTQ0RgA=", 1744344496, SHEENA)],
    "docs_errors_2.json": [notice("errors")],
    "docs_group_2.json": [reply("text", "…ahdasd09ASDHi5>", 1744344496, SHEENA)],
    # What was said before the account was connected: the moments are of sending, the states of the day of export.
    "docs_history_2.json": [
        status("READ", "…OEI5QUQ4NDc0N0FCNjMA", 1739230955, SHEENA, type_="business_app"),
        status("READ", "…NEYxMzAzMzQ5MkEA", 1739230970, SHEENA, type_="business_app"),
        reply("text", "…BIyNDlBOEI5QUQ4NDc0", 1739230970, SHEENA),
        status("DELIVERED", "…AgARGQUQ4NDc0", 1739230970, "12125557890", type_="business_app"),
    ],
    "docs_image_2.json": [reply("image", "…EwMTQ0RgA=", 1744344496, SHEENA)],
    "docs_interactive-list-messages_4.json": [
        reply(
            "interactive", "…IzMzlEQwA=", 1712595443, SHEENA, answers="…MkNEQUFFRDgA", payload="priority_express"
        )
    ],
    "docs_interactive-reply-buttons-messages_5.json": [
        reply("interactive", "…c2QjA1QTIwMgA=", 1714510003, SHEENA, answers="…NFQkFDMjYzQUMA", payload="change-button")
    ],
    "docs_location-request-messages_5.json": [
        reply("location", "…RDNTAwRTgwRQA=", 1702920965, SHEENA, answers="…RkE4Nzg4QzcA")
    ],
    "docs_location_2.json": [reply("location", "…ODU3MUMxMAA=", 1744344496, SHEENA)],
    "docs_message_template_components_update_2.json": [
        notice("message_template_components_update", subject="order_confirmation", at=1751250234)
    ],
    # 2025-06-18: service conversations cost nothing from 2024-11-01 on; the card says 0.
    "docs_messages_2.json": [
        status(
            "DELIVERED", "…E3MDk5QUVFM0YA", 1750263773, SHEENA, **_SERVICE,
            conversation="6ceb9d929c9bdc4f90e967a32f8639b4", due=price(NORTH, "0"),
        )
    ],
    "docs_order_2.json": [reply("order", "…ODU3MUMxMAA=", 1750096325, SHEENA)],
    "docs_partner_solutions_2.json": [notice("partner_solutions", "SOLUTION_CREATED", at=1739321024)],
    "docs_payment_configuration_update_2.json": [notice("payment_configuration_update", at=1739321024)],
    "docs_phone_number_name_update_2.json": [
        notice("phone_number_name_update", "APPROVED", subject="+15•••881", at=1739321024)
    ],
    "docs_phone_number_quality_update_2.json": [
        notice("phone_number_quality_update", "THROUGHPUT_UPGRADE", subject="+15•••881", at=1748454394)
    ],
    # No emoji: a reaction taken back, which answers nothing.
    "docs_reaction_3.json": [Expected("Notice", {"occurred_us": 1749419544_000000})],
    "docs_security_2.json": [notice("security", "PIN_RESET_REQUEST", subject="+15•••881", at=1748811473)],
    "docs_status_3.json": [status("SENT", "…ODU3MUMxMAA=", 1750030073, SHEENA)],
    "docs_sticker_2.json": [reply("sticker", "…EwMTQ0RgA=", 1744344496, SHEENA)],
    "docs_system_2.json": [
        same(1750269342, SHEENA, None, other_phone="12195555358"),
        may(Expected("Notice", {"name": "user_changed_number"})),
    ],
    "docs_template_category_update_2.json": [
        notice("template_category_update", subject="welcome_template", at=1746082800)
    ],
    "docs_user_preferences_2.json": [opt("in", "preference", 1731705721, SHEENA)],
    "docs_video_2.json": [reply("video", "…EwMTQ0RgA=", 1744344496, SHEENA)],
    "docs_webhooks_16.json": [notice("group_status_update", "group_suspend_cleared")],
    "docs_webhooks_2.json": [notice("group_lifecycle_update", "group_create")],
    "docs_webhooks_5.json": [notice("group_participants_update", "group_participants_add")],
    "docs_whatsapp-business-accounts_3.json": [notice("account_update", "ACCOUNT_VIOLATION", at=1604703058)],
    "java_accountBanned.json": [notice("account_update", "DISABLED_UPDATE", at=1604703058)],
    "java_accountReview.json": [notice("account_review_update", "APPROVED", at=1604703141)],
    "java_audioMessage.json": [reply("audio", "…CABQjA1NzcDY0M0AA==", 1673033070, "1111111111111")],
    "java_buttonMessage.json": [
        reply("button", "…UzQ5Y5QTNgAA==", 1673023653, "1111111111111", answers="…UzQ5Y5QTNgAA==", payload="SIM")
    ],
    "java_contactMessage.json": [reply("contacts", "…QjNFQkU3AA==", 1673641462, "1111111111111")],
    "java_documentMessage.json": [reply("document", "…NzARjFDQQ1AA==", 1673034392, "1111111111111")],
    "java_imageMessage.json": [reply("image", "…QjBEQ3NjdBA==", 1673032525, "1111111111111")],
    "java_mediaUploadError.json": [
        status("FAILED", "…EjNCR2OQA=", 1677783372, "1111111111111", **_JAVA, error="131053")
    ],
    "java_phoneNumberNameUpdate.json": [
        notice("phone_number_name_update", "APPROVED", subject="+16•••111", at=1608243053)
    ],
    "java_reEngagementMessageError.json": [
        status(
            "FAILED", "…OTVGNTY0MwA=", 1682651887, "5511111111111", account="111111111111111",
            number="109999999999999", error="131047",
        )
    ],
    "java_reactMessage.json": [
        reply("reaction", "…UzQ5Y5QTNgAA==", 1673026587, "1111111111111", answers="…UzQ5Y5QTNgAA==", payload=ANY)
    ],
    "java_rejectedTemplate.json": [
        notice("message_template_status_update", "REJECTED", subject="schedule_confirmation4", at=1674250641)
    ],
    "java_templateSchedulingForDisabling.json": [
        notice("message_template_status_update", "FLAGGED", subject="My message template", at=1604703141)
    ],
    "java_textMessage.json": [reply("text", "…UzQ5Y5QTNgAA==", 1672947578, "1111111111111")],
    # The sender named is not the contact named: the sender counts.
    "java_textMessage2.json": [reply("text", "…UzQ5Y5QTNgAA==", 1673020315, "409550000000000")],
    # 2023-01-06. A mask, not a number of the North American plan: 13 digits, area code 111.
    "java_textMessageStatusDelivered.json": [
        status(
            "DELIVERED", "…UzQ5Y5QTNgAA==", 1673020317, "1111111111111", **_JAVA, model="CBP", billable=True,
            category="business_initiated", conversation=_JAVA_PAIR, due=unknown("market-unknown"),
        )
    ],
    "java_textMessageStatusSent.json": [
        status(
            "SENT", "…UzQ5Y5QTNgAA==", 1673020317, "1111111111111", **_JAVA, model="CBP", billable=True,
            category="business_initiated", conversation=_JAVA_PAIR,
            due=unknown("market-unknown", delivered=False),
        )
    ],
    "java_videoMessage.json": [reply("video", "…UyMTJBAA==", 1673029501, "1111111111111")],
    # Placeholders where phones stand: nobody's journey, no market.
    "php_an_authentication_status_notification.json": [
        rejected("contact-unreadable", due=unknown("market-unknown"))
    ],
    "php_an_document_notification.json": [rejected("contact-unreadable")],
    "php_an_image_notification.json": [rejected("contact-unreadable")],
    "php_an_order_notification.json": [rejected("contact-unreadable")],
    "php_an_utility_status_notification.json": [rejected("contact-unreadable", due=unknown("market-unknown"))],
    "php_button_reply_notification.json": [rejected("contact-unreadable")],
    # A user id stands beside the placeholder, but a payload with a damaged sender is believed in nothing.
    "php_can_keep_wid_priority_when_user_id_is_present.json": [rejected("contact-unreadable")],
    "php_contact_notification.json": [rejected("contact-unreadable")],
    "php_flow_notification.json": [rejected("contact-unreadable")],
    "php_list_notification.json": [rejected("contact-unreadable")],
    "php_location_notification.json": [rejected("contact-unreadable")],
    # Its timestamp is a number, not text; the sender is a phone, though the contact beside it is a placeholder.
    "php_notification.json": [
        reply(
            "button", "wamid.ID", 1669233778, "16315551234", answers="wamid.ID", payload="No-Button-Payload",
            referral="ADID",
        )
    ],
    "php_notification_with_bsuid_only_and_no_from.json": [
        reply("text", "wamid.ID", 1669233778, None, user="BSUID_123")
    ],
    "php_reaction_notification.json": [rejected("contact-unreadable")],
    "php_removed_reaction_notification.json": [Expected("Notice", {"occurred_us": 1669233778_000000})],
    "php_status_conversation_initiated_notification.json": [
        rejected("contact-unreadable", due=unknown("market-unknown"))
    ],
    "php_status_notification_with_errors.json": [rejected("contact-unreadable")],
    "php_status_notification_without_expiration_time.json": [
        rejected("contact-unreadable", due=unknown("market-unknown"))
    ],
    "php_status_with_pricing_notification.json": [rejected("contact-unreadable", due=unknown("market-unknown"))],
    "php_system_notification.json": [rejected("contact-unreadable")],
    "php_text_notification.json": [rejected("contact-unreadable")],
    "php_without_contact_profile_can_build_notification.json": [rejected("contact-unreadable")],
    "pywa_account_update_account_disabled.json": [notice("account_update", "DISABLED_UPDATE", at=1743451903)],
    "pywa_account_update_account_offboarded.json": [notice("account_update", "ACCOUNT_OFFBOARDED", at=1743451903)],
    "pywa_account_update_account_reconnected.json": [
        notice("account_update", "ACCOUNT_RECONNECTED", at=1743451903)
    ],
    "pywa_account_update_account_restriction.json": [
        notice("account_update", "ACCOUNT_RESTRICTION", at=1641330498)
    ],
    "pywa_account_update_account_violation.json": [notice("account_update", "ACCOUNT_VIOLATION", at=1743451903)],
    "pywa_account_update_authentication_international_eligibility.json": [
        notice("account_update", "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE", at=1743451903)
    ],
    "pywa_account_update_mm_api_for_wa_terms_of_service.json": [
        notice("account_update", "MM_LITE_TERMS_SIGNED", at=1744823932)
    ],
    "pywa_account_update_partner_app_uninstalled.json": [
        notice("account_update", "PARTNER_APP_UNINSTALLED", at=1748477359)
    ],
    "pywa_account_update_partner_led_business_verification_status.json": [
        notice("account_update", "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE", at=1743138982)
    ],
    "pywa_account_update_partner_removed_wa_app_disconnection.json": [
        notice("account_update", "PARTNER_REMOVED", at=1748477359)
    ],
    "pywa_account_update_primary_business_location_set.json": [
        notice("account_update", "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE", at=1743138982)
    ],
    "pywa_call_permission_update_accept.json": pywa(
        "interactive", 1752582182, message="wamid.x", answers="wamid.y==", payload=ANY
    ),
    # A call's status is no message's status, though the array has the same name.
    "pywa_call_status_call_status.json": [
        notice("calls", OneOf(("RINGING", None)), at=1671644824), may(same(ANY, PERSON, BSUID)),
    ],
    "pywa_call_terminate_call_terminate.json": [
        notice("calls", OneOf(("terminate", "COMPLETED", None)), at=1671644824), may(same(ANY, PERSON, BSUID)),
        may(Expected("Notice", {"topic": "errors"})),
    ],
    "pywa_callback_button_button.json": pywa(
        "interactive", 1698266730, answers="wamid.xyzxyz", payload="callback_data"
    ),
    "pywa_callback_button_quick_reply_without_context.json": [
        reply("button", "wamid.xsidjx", 1698269027, PERSON, user=BSUID, payload="callback_data"),
        same(1698269027, PERSON, BSUID),
    ],
    # An earlier message is edited: no new answer. The sender is another than the contact beside it.
    "pywa_edited_message_image.json": [
        Expected("Notice", {"name": "edit", "occurred_us": 1749854575_000000}), may(same(ANY, PERSON, BSUID)),
    ],
    "pywa_flow_completion_completion.json": pywa(
        "interactive", 1702502473, message="wamid.wegrchytvwcggt==", answers="wamid.gvwegfretge==", payload=ANY
    ),
    "pywa_message_animated_sticker.json": pywa("sticker", 1697043785),
    "pywa_message_audio.json": pywa("audio", 1697043509),
    "pywa_message_chosen_location.json": pywa("location", 1697044557),
    "pywa_message_document.json": pywa("document", 1697043666),
    "pywa_message_forwarded_many_times.json": pywa("text", 1697044968),
    "pywa_message_media_with_url.json": pywa("image", 1697043379),
    "pywa_message_order.json": pywa("order", 1697044668),
    "pywa_message_reply.json": pywa("text", 1697044746, answers="wamid.xyzxyz=="),
    "pywa_message_static_sticker.json": pywa("sticker", 1697043760),
    # 2023: service conversations beyond the first 1,000 of the account's month.
    "pywa_message_status_delivered.json": pywa_status(
        "DELIVERED", 1698266945, **_SERVICE, conversation=_PAIR, due=price(ISRAEL, "0.0180", allowance=True)
    ),
    "pywa_message_status_failed.json": pywa_status("FAILED", 1689380458, error="130472"),
    "pywa_message_status_played.json": pywa_status(
        "READ", 1689380458, **_SERVICE, conversation=_PAIR, due=price(ISRAEL, "0.0180", allowance=True)
    ),
    "pywa_message_status_read.json": pywa_status(
        "READ", 1689380458, **_SERVICE, conversation=_PAIR, due=price(ISRAEL, "0.0180", allowance=True)
    ),
    "pywa_message_status_with_tracker.json": pywa_status(
        "SENT", 1698266945, **_SERVICE, conversation=_PAIR, callback="some data",
        due=price(ISRAEL, "0.0180", delivered=False, allowance=True),
    ),
    "pywa_message_text.json": pywa("text", 1697043223),
    "pywa_message_unreaction_empty.json": [
        Expected("Notice", {"occurred_us": 1697044456_000000}), may(same(ANY, PERSON, BSUID)),
    ],
    "pywa_message_unsupported.json": pywa("unsupported", 1697044706),
    "pywa_message_unsupported_with_type.json": pywa("unsupported", 1697044706),
    "pywa_message_video.json": pywa("video", 1697044362),
    "pywa_outgoing_message_delete.json": echo("revoke"),
    "pywa_outgoing_message_edit.json": echo("edit"),
    "pywa_system_identity_change.json": [
        Expected("Notice", {"name": "customer_identity_changed", "occurred_us": 1697044706_000000})
    ],
    "pywa_template_category_update_marketing.json": [
        notice("template_category_update", OneOf(("MARKETING", None)), subject="my_message_template", at=1750344882)
    ],
    "pywa_template_quality_update_yellow.json": [
        notice("message_template_quality_update", OneOf(("YELLOW", None)), subject="welcome_template", at=1674864290)
    ],
    "pywa_template_status_update_rejected.json": [
        notice("message_template_status_update", "REJECTED", subject="abandoned_cart", at=1751247548)
    ],
    # The one who resumed is not the contact beside: two people, one of them with a user id.
    "pywa_user_marketing_preferences_resume.json": [
        opt("in", "preference", 1731705721, SHEENA), same(1731705721, PERSON, BSUID),
    ],
}  # fmt: skip
"""File name → what it says."""

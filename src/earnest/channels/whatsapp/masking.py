"""What of a notice may be kept: words of the provider, ids of the business's own things, instants. Everything else is masked.

An allow-list: a key that is not named here keeps flags and small numbers, and no text.
"""

from __future__ import annotations

import re
from typing import Any

MASK = "…"
UNKNOWN = "unknown"

IDS = frozenset(
    (
        *("message_template_id", "template_id", "phone_number_id", "waba_id", "account_id", "business_id", "entity_id"),
        *("owner_business_id", "client_business_id", "partner_business_id", "partner_app_id", "app_id", "solution_id"),
        *("flow_id", "group_id", "request_id", "message_id", "original_message_id", "provider_mid", "click_id"),
    )
)
"""Keys of ids that are nobody's phone, whatever their digits."""

OPEN_IDS = frozenset(("id",))
"""Keys of ids that may be a phone: kept unless they look like one."""

TIMES = frozenset(
    (
        *("timestamp", "time", "start_time", "end_time", "created_timestamp", "updated_timestamp", "expiration"),
        *("expiration_timestamp", "category_update_timestamp", "creation_timestamp", "disable_date", "waba_ban_date"),
    )
)
CODES = frozenset(("code", "error_code", "error_subcode"))
WORDS = frozenset(
    (
        *("event", "decision", "action", "action_type", "status", "type", "reason", "reasons", "rejection_reason"),
        *(
            "rejection_reasons",
            "new_quality_score",
            "previous_quality_score",
            "quality_score",
            "category",
            "new_category",
        ),
        *("previous_category", "correct_category", "message_template_name", "message_template_language", "language"),
        *("message_template_category", "message_template_button_type", "current_limit", "old_limit", "direction"),
        *("country", "country_code", "currency", "pricing_model", "restriction_type", "violation_type", "severity"),
        *("waba_ban_state", "initiated_by", "alert_type", "alert_status", "alert_severity", "entity_type", "model"),
        *("configuration_name", "provider_name", "solution_status", "requested_verified_name", "messaging_product"),
        *("max_daily_conversation_per_phone", "max_daily_conversations_per_business", "old_status", "new_status"),
        *("response_source", "recipient_type", "flow_name", "priority", "level", "threshold", "alert_state"),
    )
)
PHONES = frozenset(("display_phone_number", "phone_number"))
"""Keys of a number that is kept in part: +49•••678."""

PERSONAL = frozenset(
    (
        *("wa_id", "from", "to", "input", "recipient_id", "recipient_participant_id", "participant_recipient_id"),
        *("user_id", "from_user_id", "to_user_id", "recipient_user_id", "previous_user_id", "parent_user_id"),
        *("from_parent_user_id", "new_wa_id", "customer", "user", "contact", "contacts", "profile", "username"),
        *("requester", "text", "body", "caption", "image", "video", "audio", "voice", "document", "sticker"),
        *("location", "order", "session", "media", "response_json", "referral", "identity", "phone", "phones"),
        *("email", "emails", "full_name", "first_name", "last_name", "formatted_name", "user_phone_number"),
        *("sender", "recipient", "callee", "caller", "participant", "participants", "added_participants"),
    )
)
"""Keys below which nothing is kept, not even what an allowed key would hold."""

_DEEPEST = 12
_LONGEST_TEXT, _LONGEST_ID = 200, 300
_SMALLEST_PHONE = 1_000_000
_CODE_END = 100_000_000
_IDENTIFIER = re.compile(r"[a-z0-9_]{1,64}")
_WORD = re.compile(r"[\w .:+/-]{1,64}")
_ID = re.compile(r"[A-Za-z0-9_.:=+/<>|,-]+")
_PHONE = re.compile(r"\+?[0-9](?:[ ().-]*[0-9]){6,13}")
_RUN = re.compile(r"\+?[0-9](?:[ ().-]?[0-9]){6,}")
_DAY = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])")
_TIME = re.compile(r"(?=.*[0-9])[0-9A-Za-z ,.:+/-]{1,40}")
_ADDRESS = re.compile(r"\S+@\S+")
_LONG = re.compile(r"[0-9]{7,}")


def masked(value: Any, key: str = "", depth: int = 0) -> Any:
    """A payload with what may be kept; what lies deeper than twelve levels is left out too."""
    if isinstance(value, dict):
        if depth == _DEEPEST:
            return MASK
        return {_key(name): _member(value, name, inner, depth) for name, inner in value.items()}
    if isinstance(value, list):
        return MASK if depth == _DEEPEST else [masked(inner, key, depth + 1) for inner in value]
    if isinstance(value, str):
        return _text(value, key)
    return value if value is None or isinstance(value, bool) else _number(value, key)


def _member(holder: dict[str, Any], name: str, value: Any, depth: int) -> Any:
    if name in PERSONAL:
        return MASK
    if name == "title" and "code" in holder and isinstance(value, str):
        return scrubbed(value)
    return masked(value, name, depth + 1)


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) and not _LONG.search(name) else MASK


def _text(text: str, key: str) -> str:
    if key in PHONES:
        return masked_phone(text)
    if key in IDS or (key in OPEN_IDS and not _PHONE.fullmatch(text)):
        return text if len(text) <= _LONGEST_ID and _ID.fullmatch(text) else MASK
    if key in TIMES:
        return text if _TIME.fullmatch(text) else MASK
    if key in CODES:
        return text if len(text) < len(str(_CODE_END)) else scrubbed(text)
    return scrubbed(text) if key in WORDS else MASK


def _number(value: float, key: str) -> Any:
    if key in IDS or key in TIMES or (key in CODES and abs(value) < _CODE_END):
        return value
    if key in OPEN_IDS and not _PHONE.fullmatch(str(value)):
        return value
    return value if abs(value) < _SMALLEST_PHONE else MASK


def scrubbed(text: str) -> str:
    """A text without long numbers (but for a day such as 20261001) and mail addresses; at most 200 characters.

    Example:
        >>> scrubbed("sale_20261001"), scrubbed("to +49 151 12345678")
        ('sale_20261001', 'to …')
    """
    plain = _ADDRESS.sub(MASK, text[:_LONGEST_TEXT])
    return _RUN.sub(lambda run: run[0] if _DAY.fullmatch(run[0]) else MASK, plain)


def masked_phone(text: str) -> str:
    """A phone as it may be shown.

    Example:
        >>> masked_phone("+49 30 123456"), masked_phone("1555")
        ('+49•••456', '1555')
    """
    digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit())
    if not _PHONE_LIKE.fullmatch(text):
        return scrubbed(text) if digits == text else MASK
    return f"+{digits[:2]}•••{digits[-3:]}"


_PHONE_LIKE = re.compile(r"[+0-9 ().-]{7,40}")


def topic_of(text: str) -> str:
    """A field's name if it looks like one."""
    return text if _IDENTIFIER.fullmatch(text) and not _LONG.search(text) else UNKNOWN


def name_of(text: str | None, *, code: bool = False) -> str | None:
    """What happened, in one of the provider's words; a code may have seven digits."""
    if text is None:
        return None
    if code and text.isascii() and text.isdigit() and len(text) < len(str(_CODE_END)):
        return text
    return scrubbed(text) if _WORD.fullmatch(text) else UNKNOWN


def subject_of(text: str | None, key: str = "id") -> str | None:
    """What a notice is about, which is never a phone."""
    if text is None:
        return None
    if key in PHONES or (key in OPEN_IDS and _PHONE.fullmatch(text)):
        return masked_phone(text)
    return text[:_LONGEST_ID] if key in IDS or key in OPEN_IDS else scrubbed(text)

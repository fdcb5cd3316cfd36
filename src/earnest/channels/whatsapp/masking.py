"""What of WhatsApp's notices may be kept: an allow-list of the reference's keys."""

from __future__ import annotations

from earnest.channels.masking import Allowed

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

ALLOWED = Allowed(
    words=WORDS,
    ids=IDS,
    open_ids=OPEN_IDS,
    times=TIMES,
    codes=CODES,
    phones=PHONES,
    personal=PERSONAL,
    small_numbers=True,
)

"""What the published payloads of the message senders tell, read by hand: file → what is told, in order.

Only facts that matter are written down; instants are as the payload has them, in milliseconds or seconds.
"""

from __future__ import annotations

from typing import Any

Want = dict[str, Any]

RECEIVED_US = 1_790_848_805_000_000
"""When these deliveries came in, for payloads that say no time."""


def _told(kind: str, us: int | None, who: Want, **facts: Any) -> Want:
    return {"told": kind, "occurred_us": us, **who, **facts}


def status(us: int, message_id: str, state: str, who: Want | None = None, **facts: Any) -> Want:
    return _told("StatusTold", us, who or {}, message_id=message_id, status=state, **facts)


def reply(us: int, reply_id: str, reply_type: str, who: Want, **facts: Any) -> Want:
    return _told("ReplyTold", us, who, reply_id=reply_id, reply_type=reply_type, **facts)


def opt(us: int, direction: str, door: str, who: Want) -> Want:
    return _told("OptTold", us, who, direction=direction, door=door)


def click(us: int, who: Want, **facts: Any) -> Want:
    return _told("ClickTold", us, who, **facts)


def watermark(us: int, until_us: int, state: int, who: Want) -> Want:
    return _told("WatermarkTold", us, who, until_us=until_us, status=state)


def notice(us: int | None, topic: str, name: str | None = None) -> Want:
    return _told("Notice", us, {}, topic=topic, name=name)


def rejected(reason: str, field: str) -> Want:
    return {"told": "Rejected", "reason": reason, "field": field}


def ms(milliseconds: int) -> int:
    return milliseconds * 1000


def s(seconds: int) -> int:
    return seconds * 1_000_000


_LONG, _SHORT = {"contact": "messenger:1423587017700273"}, {"contact": "messenger:5678"}
_LINKED = {"contact": "messenger:1476077422222289"}
_COURIER = ms(1459991487970)
_MID = "mid.$cAAE1UUyiiwthh0NPrVbVf4HFNDGl"

MESSENGER: dict[str, list[Want]] = {
    "assembled_ctm_referral": [
        click(
            ms(1458668856463), _LONG, click_id="6045246247433", token="summer", component="ads", click_class="unknown"
        )
    ],
    "assembled_delivery_watermark_and_mids": [
        status(ms(1458668856463), "m_AAA", "delivered", _LONG),
        status(ms(1458668856463), "m_BBB", "delivered", _LONG),
        watermark(ms(1458668856463), ms(1458668856253), 3, _LONG),
    ],
    "assembled_echo": [
        status(ms(1458696618268), "m_AAA", "sent", _LONG, callback="campaign=summer", account="404217156637689")
    ],
    "assembled_read_watermark": [watermark(ms(1458668856463), ms(1458668856253), 4, _LONG)],
    "bottender_accountLinkingLinked": [notice(ms(1469111400000), "account_linking", "linked")],
    "bottender_customerChatPluginReferral": [
        click(ms(1512552044444), {"contact": "messenger:1242684444404904"}, token="bbbb", click_class="human")
    ],
    "bottender_gamePlay": [notice(ms(1469111400000), "game_play")],
    "bottender_linkReferral": [
        click(ms(1511111143921), {"contact": "messenger:1476077111119289"}, token="aaaa", component="shortlink")
    ],
    "bottender_optin": [notice(s(1234567890), "optin")],
    "bottender_passThreadControl": [notice(ms(1458692752478), "pass_thread_control")],
    "bottender_policyEnforcement": [notice(ms(1458692752478), "policy_enforcement", "block")],
    "bottender_postbackReferral": [
        _told(
            "ReplyTold", ms(1522222894827), _LINKED, reply_type="postback", payload="__GET_STARTED__", referral="aaaa"
        )
    ],
    "bottender_reactionReact": [_told("ReplyTold", ms(1469111400000), _LINKED, reply_type="reaction", answers=_MID)],
    "bottender_reactionUnreact": [notice(ms(1469111400000), "reaction", "unreact")],
    "bottender_requestThreadControlFromInbox": [notice(ms(1458692752478), "request_thread_control")],
    "bottender_takeThreadControl": [notice(ms(1458692752478), "take_thread_control")],
    "bottender_textMessage": [reply(ms(1491796363181), _MID, "text", _LONG)],
    "bottender_textMessageFromCustomerChatPlugin": [reply(ms(1491796363181), _MID, "text", _LONG)],
    "bottender_videoMessage": [reply(ms(1491797604411), "mid.$cAAE1UUyiiwthh1ZAO1bVhDxGk2N0", "video", _LONG)],
    "courier_attachment": [reply(_COURIER, "external_id", "image", _SHORT)],
    "courier_different_page": [reply(_COURIER, "external_id", "text", _SHORT)],
    "courier_dlr": [
        status(_COURIER, "mid.1458668856218:ed81099e15d3f4f233", "delivered", _SHORT),
        watermark(_COURIER, ms(1458668856253), 3, _SHORT),
    ],
    "courier_duplicate_msg": [reply(_COURIER, "external_id", "text", _SHORT)] * 2,
    "courier_echo": [status(_COURIER, "qT7ywaK", "sent", _SHORT)],
    "courier_fallback": [reply(_COURIER, "external_id", "fallback", _SHORT)],
    "courier_hello_msg": [reply(_COURIER, "external_id", "text", _SHORT)],
    "courier_location_attachment": [reply(_COURIER, "external_id", "location", _SHORT)],
    "courier_no_entries": [rejected("shape-unknown", "entry")],
    "courier_no_messaging_entries": [rejected("shape-unknown", "entry[0].messaging")],
    "courier_notification_messages_optin": [opt(_COURIER, "in", "preference", _SHORT)],
    "courier_postback": [
        _told("ReplyTold", _COURIER, _SHORT, reply_type="postback", payload="postback payload", referral="postback ref")
    ],
    "courier_postback_get_started": [
        _told("ReplyTold", _COURIER, _SHORT, reply_type="postback", payload="get_started")
    ],
    "courier_postback_referral": [
        _told("ReplyTold", _COURIER, _SHORT, reply_type="postback", payload="get_started", referral="ad id")
    ],
    "courier_reel": [reply(_COURIER, "external_id", "ig_reel", _SHORT)],
    "courier_referral_optin": [notice(_COURIER, "optin")],
    "courier_thumbs_up": [reply(_COURIER, "external_id", "image", _SHORT)],
    "courier_unknown_messaging_entry": [notice(_COURIER, "messaging", "unknown")],
}

_IG = {"contact": "instagram:5678"}
_IG_LONG = {"contact": "instagram:1423587017700273"}

INSTAGRAM: dict[str, list[Want]] = {
    "assembled_referral_ad": [reply(ms(1458668856463), "m_X", "text", _IG_LONG, referral="6045246247433")],
    "assembled_seen": [status(ms(1458668856463), "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQ", "read", _IG_LONG)],
    "courier_attachment": [reply(_COURIER, "external_id", "image", _IG)],
    "courier_different_page": [reply(_COURIER, "external_id", "text", _IG)],
    "courier_duplicate_msg": [reply(_COURIER, "external_id", "text", _IG)] * 2,
    "courier_echo": [status(_COURIER, "qT7ywaK", "sent", _IG)],
    "courier_hello_msg": [reply(_COURIER, "external_id", "text", _IG)],
    "courier_icebreaker_get_started": [_told("ReplyTold", _COURIER, _IG, reply_type="postback", payload="get_started")],
    "courier_no_entries": [rejected("shape-unknown", "entry")],
    "courier_no_messaging_entries": [rejected("shape-unknown", "entry[0].messaging")],
    "courier_not_instagram": [rejected("not-an-envelope", "")],
    "courier_unsent_msg": [notice(ms(1569262485349), "message", "deleted")],
}

_SMS, _TAIPEI = {"dialled": "+14133881111"}, {"phone": "886123456789"}
_SM, _WA = "SMe287d7109a5a925f182f0e07fe5b223b", "SM338ac551ecd04d698821b50ea5dXXXXX"
_BSUID = {"user_id": "US.1234"}

TWILIO: dict[str, list[Want]] = {
    "bottender_whatsapp_imageMessageReceived": [
        reply(RECEIVED_US, "MMad0463f6e2a946b3fc91d9a04a2XXXXX", "image", _TAIPEI)
    ],
    "bottender_whatsapp_messageDelivered": [status(RECEIVED_US, _WA, "delivered", _TAIPEI, channel="whatsapp")],
    "bottender_whatsapp_messageRead": [status(RECEIVED_US, _WA, "read", _TAIPEI, channel="whatsapp")],
    "courier_receiveButtonIgnored": [reply(RECEIVED_US, _SM, "button", _SMS)],
    "courier_receiveMedia": [reply(RECEIVED_US, _SM, "media", _SMS)],
    "courier_receiveMediaWithMsg": [reply(RECEIVED_US, _SM, "media", _SMS)],
    "courier_statusInvalid": [rejected("status-unknown", "MessageStatus")],
    "courier_statusRateLimit": [status(RECEIVED_US, _SM, "failed", error_code="63018")],
    "courier_statusRead": [status(RECEIVED_US, _SM, "read")],
    "courier_statusStop": [
        status(RECEIVED_US, _SM, "failed", {"dialled": "+12028831111"}, error_code="21610", channel="sms"),
        opt(RECEIVED_US, "out", "failure", {"dialled": "+12028831111"}),
    ],
    "courier_tmsReceiveExtra": [reply(RECEIVED_US, "SMbbf29aeb9d380ce2a1c0ae4635ff9dab", "text", _SMS)],
    "courier_waReceiveBSUIDValid": [
        reply(RECEIVED_US, _SM, "text", {"phone": "14133881111", "user_id": "US.1234"}),
        _told("SamePerson", RECEIVED_US, {}, one={"phone": "14133881111"}, other=_BSUID),
    ],
    "courier_waReceiveFromBSUID": [reply(RECEIVED_US, _SM, "text", _BSUID)],
    "courier_waReceivePrefixlessURN": [reply(RECEIVED_US, "SM681a1f26d9ec591431ce406e8f399525", "text", _SMS)],
}

_BOTTENDER, _TEST = {"contact": "telegram:427770117"}, {"contact": "telegram:3527065"}


def _sent(kind: str, **facts: Any) -> list[Want]:
    """What most of these are: one message of one person, sent in July 2017."""
    return [reply(s(1499402829), "427770117:666", kind, _BOTTENDER, **facts)]


TELEGRAM: dict[str, list[Want]] = {
    "assembled_business_message": [reply(s(1772359300), "99:5", "text", {"contact": "telegram:99"})],
    "assembled_start_deep_link": [reply(s(1772359500), "427770117:1", "start", _BOTTENDER, payload="wa_summer_7f3a")],
    "bottender_audioMessage": _sent("audio"),
    "bottender_callbackQuery": [
        reply(RECEIVED_US, "callback:123", "callback_query", _BOTTENDER, answers="427770117:666", payload="data")
    ],
    "bottender_chosenInlineResult": [notice(None, "chosen_inline_result")],
    "bottender_contactMessage": _sent("contact"),
    "bottender_documentMessage": _sent("document"),
    "bottender_editedChannelPost": [notice(s(1515760478), "edited_channel_post")],
    "bottender_editedMessage": [notice(s(1515758017), "edited_message")],
    "bottender_groupCallbackQuery": [
        reply(
            RECEIVED_US,
            "callback:1837258667245133763",
            "callback_query",
            _BOTTENDER,
            answers="-225456171:237",
            payload="123",
        )
    ],
    "bottender_groupEditedMessage": [notice(s(1515758048), "edited_message")],
    "bottender_inlineQuery": [notice(None, "inline_query")],
    "bottender_locationMessage": _sent("location"),
    "bottender_photoMessage": _sent("photo"),
    "bottender_poll": [notice(None, "poll")],
    "bottender_replyToTextMessage": _sent("text", answers="427770117:777"),
    "bottender_textMessage": _sent("text"),
    "bottender_venueMessage": _sent("venue"),
    "bottender_videoNoteMessage": _sent("video_note"),
    "courier_contactMsg": [reply(s(1493845755), "3527065:96", "contact", _TEST)],
    "courier_documentMsg": [reply(s(1493845100), "3527065:92", "document", _TEST)],
    "courier_emptyMsg": [notice(None, "update", "empty")],
    "courier_helloMsg": [reply(s(1454119029), "3527065:41", "text", _TEST)],
    "courier_photoMsg": [reply(s(1493843318), "3527065:85", "photo", _TEST)],
    "courier_startMsg": [reply(s(1454119029), "3527065:41", "start", _TEST, payload=None)],
    "courier_venueMsg": [reply(s(1493845520), "3527065:95", "venue", _TEST)],
    "courier_voiceMsg": [reply(s(1493844646), "3527065:91", "voice", _TEST)],
}

_RECIPIENT = {"email": "recipient@example.com"}
_DOCS = "7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000"

SES: dict[str, list[Want]] = {
    # The first of three recipients bounced; the other two are not told of.
    "anymail_bounce_event": [
        status(
            1_453_906_784_101_000,  # 2016-01-27T14:59:44.101Z
            "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000/1",
            "failed",
            {"email": "jane@example.com"},
            error_code="Permanent/General",
            account="123456789012",
            channel="email",
        )
    ],
    "anymail_click_event": [click(1_502_322_685_570_000, _RECIPIENT, message_id=_DOCS)],  # 2017-08-09T23:51:25.570Z
    "anymail_complaint_event": [rejected("time-missing", "complaint.timestamp")],
    "anymail_incorrect_received_event": [notice(None, "received", "received")],
    "anymail_reject_event": [status(1_476_466_695_211_000, _DOCS, "failed", _RECIPIENT, error_code="Reject")],
    "anymail_rendering_failure_event": [rejected("time-missing", "mail.timestamp")],
    "anymail_send_event": [status(1_476_421_336_645_000, _DOCS, "sent", _RECIPIENT)],  # 2016-10-14T05:02:16.645Z
}

_OPENED = "wrfRRvF7Q0GgwUo2CvDmEA.filter0425p1mdw1.13037.57168B4A1D.0"
_AT = s(1461095250)

SENDGRID: dict[str, list[Want]] = {
    "anymail_bounce_event": [
        status(
            _AT,
            "Lli-03HcQ5-JLybO9fXsJg.filter0077p1las1.21536.5717FC482.0",
            "failed",
            {"email": "noreply@example.com"},
            error_code="5.1.1",
        )
    ],
    "anymail_click_event": [
        click(_AT, _RECIPIENT, message_id="_fjPjuJfRW-IPs5SuvYotg.filter0590p1mdw1.2098.57168CFC4B.0")
    ],
    "anymail_deferred_event": [notice(s(1461200990), "deferred", "deferred")],
    "anymail_delivered_event": [status(_AT, _OPENED, "delivered", _RECIPIENT, channel="email")],
    "anymail_dropped_invalid_event": [
        status(
            _AT,
            "filter0093p1las1.9128.5717FB8127.0",
            "failed",
            {"email": "invalid@invalid"},
            error_code="dropped/invalid",
        )
    ],
    "anymail_dropped_unsubscribed_event": [
        status(
            _AT,
            "filter0199p1las1.4745.5717FB6F5.0",
            "failed",
            {"email": "unsubscribe@example.com"},
            error_code="dropped/unsubscribed_address",
        )
    ],
    "anymail_open_event": [status(_AT, _OPENED, "read", _RECIPIENT)],
}

SENDERS = {
    "messenger": MESSENGER, "instagram": INSTAGRAM, "twilio": TWILIO, "telegram": TELEGRAM, "ses": SES, "sendgrid": SENDGRID,
}  # fmt: skip

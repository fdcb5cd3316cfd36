"""Instagram: what a professional account's conversations tell. It tells which message was read, and never a delivery."""

from __future__ import annotations

from earnest.channels.channel import Channel, Kind
from earnest.channels.handshake import meta_challenge
from earnest.channels.meta_messaging import parser

KINDS = (
    Kind("message (is_echo)", "message", "a message the account sent, with the sender's metadata"),
    Kind("read.mid", "message", "the message was seen"),
    Kind("read.watermark", "watermark", "all messages sent before it were seen"),
    Kind("message, postback, reaction", "reply", "a person wrote, answered a story, tapped a button or reacted"),
    Kind("referral", "click", "a person came through an ig.me link or an ad to a conversation that was there before"),
    Kind("optin (notification_messages)", "opt", "a person allowed or stopped marketing messages"),
    Kind("message (STOP)", "opt", "a text or button that says exactly that the person leaves"),
    Kind("quick_reply (own phone or mail)", "identity_link", "a person gave the phone or mail address Meta offered"),
    Kind("everything else", "notice", "edits, unsent messages, comments, mentions and handovers"),
)

CHANNEL = Channel(
    code="instagram",
    label="Instagram",
    docs="https://developers.facebook.com/docs/instagram-platform/webhooks",
    read="2026-10",
    signature="meta",
    kinds=KINDS,
    parse=parser("instagram", "instagram"),
    handshake=meta_challenge,
    connects=("read", "reply", "opt"),
)

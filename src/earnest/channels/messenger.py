"""Messenger: what a Facebook page's conversations tell. Receipts are watermarks: everything sent until then."""

from __future__ import annotations

from earnest.channels.channel import Channel, Kind
from earnest.channels.handshake import meta_challenge
from earnest.channels.meta_messaging import parser

KINDS = (
    Kind("message (is_echo)", "message", "a message the page sent, with the sender's metadata"),
    Kind("delivery.mids", "message", "messages that were delivered"),
    Kind("delivery.watermark, read.watermark", "watermark", "all messages sent before it were delivered or read"),
    Kind("message, postback, reaction", "reply", "a person wrote, tapped a button or quick reply, or reacted"),
    Kind("referral", "click", "a person came through a m.me link or an ad to a conversation that was there before"),
    Kind("optin (notification_messages)", "opt", "a person allowed or stopped marketing messages"),
    Kind("message (STOP)", "opt", "a text or button that says exactly that the person leaves"),
    Kind("quick_reply (own phone or mail)", "identity_link", "a person gave the phone or mail address Meta offered"),
    Kind("everything else", "notice", "edits, deleted messages, handovers, account links, feed and policy"),
)

CHANNEL = Channel(
    code="messenger",
    label="Messenger",
    docs="https://developers.facebook.com/docs/messenger-platform/reference/webhook-events",
    read="2026-10",
    signature="meta",
    kinds=KINDS,
    parse=parser("messenger", "page"),
    handshake=meta_challenge,
    connects=("read", "reply", "opt"),
)

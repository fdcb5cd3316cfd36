"""A notice of what no other kind holds: topic, subject and name in the provider's words, everything personal masked."""

from __future__ import annotations

import re
from typing import Any

from earnest.channels.masking import MASK, UNKNOWN, Allowed, masked, masked_phone, name_of, topic_of
from earnest.channels.scalars import word_of
from earnest.channels.told import Notice, as_text

_ID = re.compile(r"[\w.:=+/$-]{1,300}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9](?:[ ().-]*[0-9]){6,13}")


def notice_of(
    topic: str,
    value: Any,
    allowed: Allowed,
    *,
    subject: str | None = None,
    account: str | None = None,
    name: str | None = None,
    us: int | None = None,
) -> Notice:
    """One notice.

    Args:
        topic: the provider's name of what was told; written in lower snake case.
        value: what was told. allowed: what of it may be kept.
        subject: id of what it is about. account: the business's own account, or the delivery, where there is no subject.
        name: what happened, in the provider's word. us: when, if told.
    """
    detail = as_text(masked(value, allowed)) or f'"{MASK}"'
    return Notice(topic_of(word_of(topic) or UNKNOWN), subject_id(subject) or account, name_of(name), us, detail)


def subject_id(text: str | None) -> str | None:
    """An id as it may be shown: not if it is a phone, and not if it is no id at all.

    Example:
        >>> subject_id("m_AAA"), subject_id("+49 30 123456"), subject_id("kim@example.org")
        ('m_AAA', '+49•••456', '…')
    """
    if text is None or not text:
        return None
    if _PHONE.fullmatch(text):
        return masked_phone(text)
    return text if _ID.fullmatch(text) else MASK

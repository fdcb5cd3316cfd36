"""Ids and labels as rows show them, in SQL: no phone and no mail address, whatever senders put into them.

Keys are made of whole values elsewhere; only what people can read is masked here, the same way for every channel.
"""

from __future__ import annotations

from earnest.importers.emit import shown_id

_PHONE = r"\+[0-9](?:[ ().-]?[0-9]){6,14}"
_ADDRESS = r"\S+@\S+"
_FEWEST_DIGITS = 7
_ID_DIGITS = 16


def plain(column: str, party: str = "") -> str:
    """SQL of a text without phones (written with a +), mail addresses and the contact's own number.

    Other bare digits stay: they may be a campaign's id. A text that is a phone keeps its first and last digits.

    Args:
        party: alias, with a dot, of the table whose `phone` and `dialled` name the contact; empty where it is the only one.
    """
    digits = f"ltrim({column}, '+')"
    part = f"'+' || left({digits}, 2) || '•••' || right({column}, 3)"
    freed = f"regexp_replace(regexp_replace({column}, '{_ADDRESS}', '…', 'g'), '{_PHONE}', '…', 'g')"
    return (
        f"CASE WHEN {_own_number(column, party)} OR regexp_full_match({column}, '\\+[0-9]{{7,15}}') THEN {part}"
        f" WHEN contains({column}, '@') OR contains({column}, '+') THEN {freed} ELSE {column} END"
    )


def plain_id(column: str, party: str = "") -> str:
    """SQL of a message id as rows keep it; of one that is a phone or mail address a keyed digest, so that ids stay apart."""
    of_people = f"{_own_number(column, party)} OR regexp_full_match({column}, '{_PHONE}|[^\\s<>@]+@[^\\s<>@]+')"
    return f"CASE WHEN {of_people} THEN {_digest(column)} ELSE {shown_id(column)} END"


def plain_click(column: str, party: str = "") -> str:
    """SQL of a click's id or token; one that holds a phone or mail address as a keyed digest, so that equal ones still meet."""
    of_people = f"{_own_number(column, party)} OR regexp_matches({column}, '{_PHONE}|{_ADDRESS}')"
    return f"CASE WHEN {of_people} THEN {_digest(column)} ELSE {column} END"


def _digest(column: str) -> str:
    return f"'…' || substr(contact_digest('id:' || {column}), 1, {_ID_DIGITS})"


def _own_number(column: str, party: str) -> str:
    """SQL: whether a text is the contact's phone, with or without + and country code."""
    text = f"ltrim({column}, '+0')"
    number = f"regexp_full_match({column}, '\\+?[0-9]{{{_FEWEST_DIGITS},17}}')"
    dialled = f"ltrim(regexp_replace({party}dialled, '[^0-9]', '', 'g'), '0')"
    within = f"length({dialled}) >= {_FEWEST_DIGITS} AND (ends_with({text}, {dialled}) OR ends_with({dialled}, {text}))"
    same = f"{text} = ltrim({party}phone, '+0') OR ({within})"
    return f"({number} AND length({text}) >= {_FEWEST_DIGITS} AND coalesce({same}, false))"

"""Keys and session ids: length, writing, and what can be learnt from what is kept."""

from __future__ import annotations

import secrets

from earnest.access.secret import (
    ID_BYTES,
    SECRET_BYTES,
    csrf_token,
    digest,
    is_session_id,
    key_id_of,
    key_text,
    same,
    written,
)


def test_a_key_shows_its_id_and_hides_at_least_128_bits() -> None:
    key_id = written(secrets.token_bytes(ID_BYTES))
    text = key_text(key_id, secrets.token_bytes(SECRET_BYTES))
    assert text.startswith(f"ek_{key_id}_")
    assert len(key_id) == 8
    assert key_id_of(text) == key_id
    assert SECRET_BYTES * 8 >= 128
    assert len(text) == 3 + 8 + 1 + 32


def test_what_is_not_written_like_a_key_is_none() -> None:
    text = key_text("abcdefgh", bytes(SECRET_BYTES))
    for other in ("", "ek_", text[:-1], text + "a", text.upper(), f" {text}", f"{text}\n", text.replace("ek_", "sk_")):
        assert key_id_of(other) is None
    assert is_session_id(written(bytes(SECRET_BYTES)))
    for other in ("", "a" * 31, "a" * 33, "A" * 32, "a" * 32 + "\n", "0" * 32):
        assert not is_session_id(other)


def test_the_csrf_token_follows_from_the_session_and_is_neither_it_nor_its_digest() -> None:
    session_id = written(secrets.token_bytes(SECRET_BYTES))
    token = csrf_token(session_id)
    assert token == csrf_token(session_id)
    assert token != csrf_token(written(secrets.token_bytes(SECRET_BYTES)))
    assert session_id not in token
    assert token not in digest(session_id).hex()
    assert same(token, csrf_token(session_id))
    assert not same(token, token[:-1])

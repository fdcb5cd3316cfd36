"""Attempts to sign in: counted by user name and by address before the password is looked at."""

from __future__ import annotations

import hashlib

from earnest.access.lockout import BY_ADDRESS, BY_USER
from earnest.access.store import Store


def begin_attempt(store: Store, name: str, address: str, *, now_us: int) -> int:
    """Count an attempt as failed, unless it must wait.

    Returns:
        Microseconds to wait; 0: look at the password, and `take_back` if it fits.
    """
    with store.changing():
        wait_us = store.attempt(_who("address", address), BY_ADDRESS, now_us)
        return wait_us or store.attempt(_who("user", name), BY_USER, now_us)


def take_back(store: Store, name: str, address: str) -> None:
    """The password was right: the user's failures are forgotten, the address has one less. Inside `changing`.

    The address keeps the others: who has one password must not try other users' for ever.
    """
    store.forget_attempts(_who("user", name))
    store.take_back_attempt(_who("address", address))


def forget_attempts(store: Store, name: str) -> None:
    """A user need not wait any longer. Inside `changing`."""
    store.forget_attempts(_who("user", name))


def _who(kind: str, name: str) -> bytes:
    """A name as it is kept: what was typed as a user name may be a password."""
    return hashlib.sha256(f"{kind}:{name}".encode("utf-8", "surrogatepass")).digest()

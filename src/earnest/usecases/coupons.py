"""Coupons: declare, change and find them. Their codes: `coupon_codes`; what came of them: `coupon_show`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from earnest.definitions.campaign import check_id
from earnest.definitions.coupon import Coupon, code_text, prefix_text
from earnest.definitions.state import State
from earnest.kernel.declared import look_up
from earnest.kernel.errors import Conflict, NotFound
from earnest.usecases.workspace import Workspace


def add_coupon(workspace: Workspace, coupon: Coupon) -> Coupon:
    """Declare a coupon. The same one again changes nothing.

    Raises:
        UsageError: `bad-id`, `bad-coupon-code`, `bad-coupon-prefix`, `no-such-campaign`.
        Conflict: `coupon-exists`, `coupon-code-taken`.
    """
    check_id(coupon.id, "a coupon")
    made = replace(coupon, code=code_text(coupon.code) if coupon.code else None, prefix=prefix_text(coupon.prefix))
    state = workspace.state()
    known = state.coupons.get(made.id)
    if known == made:
        return made
    if known is not None:
        raise Conflict(
            "coupon-exists",
            f"coupon '{made.id}' is declared already, otherwise",
            hint=f"To change it: earnest coupon change {made.id} …",
        )
    return _recorded(workspace, state, made)


def change_coupon(workspace: Workspace, name: str, **changes: Any) -> Coupon:
    """Change a coupon; its kind and its codes stay. Codes that were minted with an earlier prefix count as ever.

    Args:
        changes: fields of `Coupon` and their new values.

    Raises:
        NotFound: `no-such-coupon`. UsageError: `bad-coupon-code`, `bad-coupon-prefix`, `no-such-campaign`.
        Conflict: `coupon-kind-differs`, `coupon-code-taken`.
    """
    state = workspace.state()
    known = find_coupon(state, name)
    if changes.get("code") is not None:
        changes["code"] = code_text(changes["code"])
    if changes.get("prefix") is not None:
        changes["prefix"] = prefix_text(changes["prefix"])
    made = replace(known, **changes)
    if (made.code is not None) != (known.kind == "shared"):
        words = {"shared": "one code for everybody", "unique": "codes of its own for each"}
        raise Conflict(
            "coupon-kind-differs",
            f"coupon '{name}' has {words[known.kind]}, which cannot change",
            hint="Declare another coupon.",
        )
    return made if made == known else _recorded(workspace, state, made)


def disable_coupon(workspace: Workspace, name: str) -> Coupon:
    """Mint no more codes of a coupon; what is redeemed of it counts as ever.

    Raises:
        NotFound: `no-such-coupon`.
    """
    return change_coupon(workspace, name, enabled=False)


def find_coupon(state: State, name: str) -> Coupon:
    """Look up a coupon.

    Raises:
        NotFound: `no-such-coupon`.
    """
    return look_up(
        state.coupons, name, what="coupon", hint="See `earnest coupon list`.", refusal=(NotFound, "no-such-coupon")
    )


def find_minting(state: State, name: str) -> Coupon:
    """A coupon that codes can be added to.

    Raises:
        NotFound: `no-such-coupon`. Conflict: `coupon-shared`, `coupon-disabled`.
    """
    coupon = find_coupon(state, name)
    if coupon.kind == "shared":
        raise Conflict(
            "coupon-shared",
            f"everybody has the same code of coupon '{name}'",
            hint="Declare another coupon without --code, and mint or import its codes.",
        )
    if not coupon.enabled:
        raise Conflict(
            "coupon-disabled",
            f"coupon '{name}' is disabled",
            hint=f"To use it again: earnest coupon change {name} --enable",
        )
    return coupon


def _recorded(workspace: Workspace, state: State, made: Coupon) -> Coupon:
    if made.campaign is not None:
        state.check_campaign(made.campaign)
    _refuse_taken(state, made)
    workspace.record("coupon.set", made.to_json())
    return made


def _refuse_taken(state: State, coupon: Coupon) -> None:
    if coupon.code is None:
        return
    upper = coupon.code.upper()
    other = next(
        (one for one in state.coupons.values() if one.id != coupon.id and (one.code or "").upper() == upper), None
    )
    if other is not None:
        raise Conflict(
            "coupon-code-taken",
            f"{coupon.code} is the code of coupon '{other.id}' already",
            hint="An order with it could belong to either. Choose another code.",
        )

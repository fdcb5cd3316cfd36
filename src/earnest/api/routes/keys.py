"""API keys of the workspace. The key itself is in one answer only: the one that makes it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field

from earnest.access.records import ApiKey
from earnest.api.route import Route, needs
from earnest.api.routes.users import Admin
from earnest.usecases.access import create_key, revoke_key

PATH = "/api/v1/keys"


class NewKey(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=63, description="Lower-case letters, digits, dot, - and _.")]
    scopes: Annotated[list[str], Field(min_length=1, max_length=20)]
    source: Annotated[str, Field(max_length=63)] | None = None
    expires_days: Annotated[int, Field(strict=True, ge=1, le=3650)] | None = Field(
        default=365, description="null: it does not expire."
    )


class KeyTold(BaseModel):
    """A key, without what opens anything. Instants are microseconds since the epoch."""

    id: str
    name: str
    scopes: list[str]
    source: str | None
    live: bool
    created_us: int
    created_by: str
    expires_us: int | None
    revoked_us: int | None
    used_us: int | None


class KeyMade(KeyTold):
    """A new key, with its text: it cannot be shown again."""

    key: str


def list_keys(admin: Admin) -> list[KeyTold]:
    """Every key there ever was, newest first."""
    now_us = admin.workspace.clock()
    return [KeyTold.model_validate(_facts(key, now_us)) for key in admin.store.api_keys()]


def create(admin: Admin, body: Annotated[NewKey, Body()]) -> KeyMade:
    """Make a key. Nobody can give a scope that the caller lacks."""
    key, text = create_key(admin, body.name, scopes=body.scopes, source=body.source, days=body.expires_days)
    return KeyMade.model_validate({**_facts(key, admin.workspace.clock()), "key": text})


def revoke(admin: Admin, key_id: str) -> None:
    """Revoke a key, by its id: the next request with it is refused. Twice is as good as once."""
    revoke_key(admin, f"ek_{key_id}")


def _facts(key: ApiKey, now_us: int) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "source": key.source,
        "live": key.live(now_us),
        "created_us": key.created_us,
        "created_by": key.created_by,
        "expires_us": key.expires_us,
        "revoked_us": key.revoked_us,
        "used_us": key.used_us,
    }


_NEEDS = needs("access:manage")
ROUTES = (
    Route("GET", PATH, list_keys, access=_NEEDS, summary="List API keys", tag="access"),
    Route("POST", PATH, create, access=_NEEDS, summary="Make an API key", tag="access", extra={"status_code": 201}),
    Route("DELETE", f"{PATH}/{{key_id}}", revoke, access=_NEEDS, summary="Revoke an API key", tag="access",
          extra={"status_code": 204}),
)  # fmt: skip

"""Users of the workspace. Roles are the server's word: a body with any other field is refused."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Body, Depends
from pydantic import BaseModel, ConfigDict, Field

from earnest.access.principal import Principal
from earnest.access.records import User
from earnest.api.guard import principal_of
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.api.routes.session import Password
from earnest.usecases.access import Administration, add_user, change_user

PATH = "/api/v1/users"
Role = Literal["viewer", "analyst", "admin"]


class NewUser(BaseModel):
    """A user to be added."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=63, description="Lower-case letters, digits, dot, - and _.")]
    role: Role
    password: Password


class UserChange(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    role: Role | None = None
    password: Password | None = None
    enabled: bool | None = None


class UserTold(BaseModel):
    """A user. Instants are microseconds since the epoch."""

    name: str
    role: Role
    created_us: int
    disabled_us: int | None


async def administration(
    place: Annotated[Place, Depends(place_of)], principal: Annotated[Principal, Depends(principal_of)]
) -> Administration:
    """The caller, managing the workspace's users and keys."""
    return Administration(place.workspace, place.access, principal)


Admin = Annotated[Administration, Depends(administration)]


def list_users(admin: Admin) -> list[UserTold]:
    """Everybody, by name."""
    return [_told(user) for user in admin.store.users()]


def show(admin: Admin, name: str) -> UserTold:
    """One user."""
    return _told(admin.store.find_user(name))


def add(admin: Admin, body: Annotated[NewUser, Body()]) -> UserTold:
    """Add a user. Nobody can give a role that may do more than the caller may."""
    return _told(add_user(admin, body.name, role=body.role, password=body.password.get_secret_value()))


def change(admin: Admin, name: str, body: Annotated[UserChange, Body()]) -> UserTold:
    """Change role, password or state. The user's sessions end. The last admin stays one."""
    password = body.password.get_secret_value() if body.password is not None else None
    disabled = None if body.enabled is None else not body.enabled
    return _told(change_user(admin, name, role=body.role, password=password, disabled=disabled))


def _told(user: User) -> UserTold:
    return UserTold.model_validate(
        {"name": user.name, "role": user.role, "created_us": user.created_us, "disabled_us": user.disabled_us}
    )


_NEEDS = needs("access:manage")
ROUTES = (
    Route("GET", PATH, list_users, access=_NEEDS, summary="List users", tag="access"),
    Route("POST", PATH, add, access=_NEEDS, summary="Add a user", tag="access", extra={"status_code": 201}),
    Route("GET", f"{PATH}/{{name}}", show, access=_NEEDS, summary="Show a user", tag="access"),
    Route("PATCH", f"{PATH}/{{name}}", change, access=_NEEDS, summary="Change a user", tag="access"),
)

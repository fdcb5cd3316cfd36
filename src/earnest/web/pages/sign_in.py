"""Signing in."""

from __future__ import annotations

from earnest.reports.blocks import Said
from earnest.reports.words import Words
from earnest.web.page import Empty, Field, Form, Page, WebBlock


def sign_in_page(
    words: Words,
    root: str,
    *,
    name: str = "",
    leads: str = "",
    wait_s: int = 0,
    failed: bool = False,
    nobody: bool = False,
) -> Page:
    """The form.

    Args:
        leads: where to go then. wait_s: how long attempts are refused. nobody: the workspace has no user yet.
    """
    alert = ""
    if wait_s:
        alert = words.count("Too many attempts: wait %(n)s second.", "Too many attempts: wait %(n)s seconds.", wait_s)
    elif failed:
        alert = words.say("Name and password do not fit together, or you may not sign in.")
    fields = (
        Field(
            "name", words.label("sign in", "Name"), "text", name, required=True, extra=(("autocomplete", "username"),)
        ),
        Field(
            "password", words.say("Password"), "password", required=True, extra=(("autocomplete", "current-password"),)
        ),
        Field("next", "", "hidden", leads),
    )
    title = words.say("Sign in")
    blocks: list[WebBlock] = []
    if nobody:
        steps = (Said("earnest user add NAME --role admin", "en"),)
        told = words.say("Make the first one where the workspace lies; then sign in here.")
        blocks.append(Empty(words.say("This workspace has no user yet."), told, steps))
    blocks.append(Form(title, f"{root}/sign-in", fields, title, method="post", alert=alert, width=12))
    return Page(title, "", tuple(blocks), status=429 if wait_s else 422 if alert else 200)

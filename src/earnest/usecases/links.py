"""Links of our own: allow hosts, declare, change, disable, and give codes to recipients.

link (declared) ─┬─ one shared code ───────────────> {public_url}/r/CODE
                 └─ a code for each recipient ─────> {public_url}/r/CODE …
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from earnest.channels.told import Party
from earnest.definitions.campaign import check_id
from earnest.definitions.link import UTM, Link, within_rule
from earnest.definitions.state import State
from earnest.journal.log import Draft
from earnest.kernel.declared import look_up
from earnest.kernel.errors import Conflict, NotFound, UsageError, closest
from earnest.tracking.codes import MOST_NUMBERS, Code, Codec
from earnest.tracking.destination import Landing, allowed_host, click_parameter_of, destination_of
from earnest.usecases.recipients import enrol
from earnest.usecases.sources import ANY_HOST
from earnest.usecases.workspace import Workspace

PATH = "/r/"
LONGEST_UTM = 200
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Issued:
    """A code, and the whole address to give away. `recipient` is None for the code that everybody gets."""

    code: str
    url: str
    recipient: int | None = None


def allow_hosts(workspace: Workspace, hosts: Sequence[str]) -> tuple[str, ...]:
    """Let links lead to hosts, beside those allowed already; returns all of them, sorted.

    Raises:
        UsageError: `bad-host`.
    """
    wanted = {allowed_host(host) for host in hosts}
    return _change_hosts(workspace, lambda known: known | wanted)


def remove_hosts(workspace: Workspace, hosts: Sequence[str]) -> tuple[str, ...]:
    """Let links lead to hosts no longer: links that do answer 404 from now on. Returns those still allowed.

    Raises:
        UsageError: `bad-host`. NotFound: `host-not-listed`.
    """
    gone = {allowed_host(host) for host in hosts}

    def without(known: frozenset[str]) -> frozenset[str]:
        for host in sorted(gone - known):
            raise NotFound(
                "host-not-listed", f"'{host}' is not allowed{closest(host, known)}", hint="See `earnest link allow`."
            )
        return known - gone

    return _change_hosts(workspace, without)


def add_link(workspace: Workspace, wanted: Link) -> tuple[Link, bool]:
    """Declare a link. The same again changes nothing.

    Args:
        wanted: its number is given here; whatever stands there does not matter.

    Returns:
        The link, and whether it is new.

    Raises:
        Conflict: `link-exists`: one of that name leads elsewhere; `link-alike`: one differs by upper and lower case only. UsageError: as `checked`.
    """

    def decide(state: State) -> Link | None:
        known = state.links.get(wanted.id)
        if known is None:
            _check_unlike(state, wanted.id)
        link = checked(state, replace(wanted, number=known.number if known else _next_number(state)))
        if known is None:
            return link
        if link != known:
            raise Conflict(
                "link-exists",
                f"there is a link '{wanted.id}' already, and it is another",
                hint=f"Choose another name, or change it: earnest link change {wanted.id}",
            )
        return None

    return _decided(workspace, wanted.id, decide)


def change_link(workspace: Workspace, name: str, change: Callable[[Link], Link]) -> Link:
    """Change a link from now on; its codes stay what they are.

    Args:
        change: the known link → the wanted one; its name and number stay.

    Raises:
        NotFound: `no-such-link`. UsageError: as `checked`.
    """

    def decide(state: State) -> Link | None:
        known = find_link(state, name)
        link = checked(state, replace(change(known), id=known.id, number=known.number))
        return link if link != known else None

    return _decided(workspace, name, decide)[0]


def disable_link(workspace: Workspace, name: str) -> Link:
    """Let a link lead nowhere. Its codes answer 404, what was clicked stays.

    Raises:
        NotFound: `no-such-link`.
    """

    def decide(state: State) -> Link | None:
        known = find_link(state, name)
        return replace(known, enabled=False) if known.enabled else None

    return _decided(workspace, name, decide)[0]


def find_link(state: State, name: str) -> Link:
    """Look up a link.

    Raises:
        NotFound: `no-such-link`.
    """
    return look_up(state.links, name, what="link", hint="See `earnest link list`.", refusal=(NotFound, "no-such-link"))


def checked(state: State, link: Link) -> Link:
    """A link as it may be declared: its destination canonical and allowed, all else of its form.

    Raises:
        UsageError: `bad-id`, `no-such-campaign`, `bad-within`, `bad-utm`, `bad-click-parameter`, and what
            `tracking.destination.destination_of` refuses.
    """
    check_id(link.id, "a link")
    destination = destination_of(link.destination, state.link_hosts)
    if link.campaign is not None:
        state.check_campaign(link.campaign)
    if link.within is not None:
        within_rule(link.within)
    if link.click_parameter is not None:
        click_parameter_of(link.click_parameter, destination)
    return replace(link, destination=destination, utm=_checked_utm(link.utm))


def landing_of(link: Link) -> str:
    """Where a click of the link lands, but for the click's id, which stands as CLICK."""
    return Landing(link.destination, link.utm, link.click_parameter).of("CLICK")


def shared_code(workspace: Workspace, state: State, link: Link, *, server: str | None = None) -> Issued:
    """The code that everybody gets; where nobody has said how the server is called, `YOUR-HOST` stands in its address."""
    code = Codec(workspace.key(), "link").write(Code(link.number))
    return Issued(code, f"{base_of(workspace, state, server) or ANY_HOST}{PATH}{code}")


def codes(workspace: Workspace, name: str, recipients: Sequence[Party], *, server: str | None = None) -> list[Issued]:
    """A code for each recipient, in order; the same recipient gets the same code for ever.

    Raises:
        NotFound: `no-such-link`. Conflict: as `issuing`.
        DataRefused: `recipients-refused`, see `recipients.enrol`; then nobody gets one.
    """
    issue = issuing(workspace, name, server=server)
    return [issue(number) for number in enrol(workspace, recipients)]


def issuing(workspace: Workspace, name: str, *, server: str | None = None) -> Callable[[int], Issued]:
    """What makes a recipient's code of his number.

    Raises:
        NotFound: `no-such-link`. Conflict: `link-disabled`, `link-ended`, `link-number-too-high`, `public-url-missing`.
    """
    state = workspace.state()
    link = find_link(state, name)
    if not link.enabled:
        raise Conflict(
            "link-disabled", f"link '{name}' leads nowhere", hint=f"Bring it back: earnest link change {name} --enable"
        )
    if link.until_us is not None and link.until_us <= workspace.clock():
        raise Conflict(
            "link-ended", f"link '{name}' has ended", hint=f"Let it go on: earnest link change {name} --until TIME"
        )
    if link.number >= MOST_NUMBERS:
        raise Conflict(
            "link-number-too-high",
            f"link '{name}' is number {link.number:,}, and only the first {MOST_NUMBERS - 1:,} have codes for each recipient",
            hint="Use its shared address, or change an older link that is no longer used.",
        )
    codec, base = Codec(workspace.key(), "link"), known_base(workspace, state, server)

    def issue(recipient: int) -> Issued:
        code = codec.write(Code(link.number, recipient))
        return Issued(code, f"{base}{PATH}{code}", recipient)

    return issue


def base_of(workspace: Workspace, state: State, server: str | None = None) -> str | None:
    """Where codes are called: the setting `public_url`, else what the server was told (`server`); None if nobody said."""
    return state.setting("public_url", workspace.today(state)) or server


def known_base(workspace: Workspace, state: State, server: str | None = None) -> str:
    """Where codes are called.

    Raises:
        Conflict: `public-url-missing`: what is sent out now could never be called back.
    """
    base = base_of(workspace, state, server)
    if base is None:
        raise Conflict(
            "public-url-missing",
            "nobody has said where this server is called from outside, so an address would lead nowhere",
            hint="Say it first: earnest setting set public_url https://go.example.com",
        )
    return base


def _check_unlike(state: State, name: str) -> None:
    alike = next((one for one in state.links if one.casefold() == name.casefold()), None)
    if alike is not None:
        raise Conflict(
            "link-alike",
            f"'{name}' and the link '{alike}' differ by upper and lower case only",
            hint=f"Choose another name, or change that one: earnest link change {alike}",
        )


def _next_number(state: State) -> int:
    return max((link.number for link in state.links.values()), default=0) + 1


def _checked_utm(utm: dict[str, str]) -> dict[str, str]:
    """In the usual order, whatever the order given."""
    for name, value in utm.items():
        if name not in UTM:
            raise UsageError("bad-utm", f"there is no utm_{name}{closest(name, UTM)}", hint=f"Known: {', '.join(UTM)}.")
        if not value or len(value) > LONGEST_UTM or not value.isprintable() or value != value.strip():
            raise UsageError(
                "bad-utm",
                f"the value of utm_{name} is empty, longer than {LONGEST_UTM}, or holds control characters",
                hint="Write a plain word, such as source=sms.",
            )
    return {name: utm[name] for name in UTM if name in utm}


def _change_hosts(workspace: Workspace, change: Callable[[frozenset[str]], frozenset[str]]) -> tuple[str, ...]:
    with workspace.journal() as journal:
        for _ in range(_TRIES):
            state = workspace.state()
            wanted = tuple(sorted(change(frozenset(state.link_hosts))))
            draft = _draft(workspace, "link.hosts", {"hosts": list(wanted)})
            if wanted == state.link_hosts or journal.append_after(state.last_seq, draft) is not None:
                return wanted
    raise _always_changed()


def _decided(workspace: Workspace, name: str, decide: Callable[[State], Link | None]) -> tuple[Link, bool]:
    """Decide by what is declared, and record it unless somebody declared something meanwhile; then decide anew.

    Args:
        decide: what to declare; None if all is as it should be.

    Returns:
        The link in force, and whether this declared it.
    """
    with workspace.journal() as journal:
        for _ in range(_TRIES):
            state = workspace.state()
            link = decide(state)
            if link is None:
                return state.links[name], False
            if journal.append_after(state.last_seq, _draft(workspace, "link.set", link.to_json())) is not None:
                return link, True
    raise _always_changed()


def _draft(workspace: Workspace, kind: str, body: dict[str, object]) -> Draft:
    text = json.dumps(body, ensure_ascii=False).encode()
    return Draft(kind, text, "user", workspace.clock())


def _always_changed() -> Conflict:
    return Conflict(
        "changed-meanwhile", f"others changed the workspace {_TRIES} times meanwhile", hint="Try again in a moment."
    )

"""Where a link may lead, and the address a click is answered with.

    allow-list ─ allowed_host ─┐
    destination ── destination_of ──> canonical ASCII address ── Landing(utm, click parameter) ── .of(click id) ──> Location

Nothing of a request comes into the address but the click's id, encoded. The host is compared as browsers read it: IDNA
(UTS 46), lower case, numbers that browsers take for IPv4 addresses as such.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, unquote_plus

import idna

from earnest.kernel.errors import UsageError, closest

LONGEST = 2_048
"""Characters of a destination, canonical."""
DEFAULT_PORTS = {"http": 80, "https": 443}
SHARED_SUFFIXES = frozenset((
    "azureedge.net", "azurefd.net", "bigcartel.com", "bitbucket.io", "carrd.co", "cloudfront.net", "deno.dev", "firebaseapp.com", "fly.dev",
    "framer.website", "github.io", "gitlab.io", "glitch.me", "herokuapp.com", "lovable.app", "myshopify.com", "netlify.app",
    "notion.site", "ondigitalocean.app", "onrender.com", "pages.dev", "r2.dev", "railway.app", "repl.co", "replit.app",
    "squarespace.com", "storage.googleapis.com", "surge.sh", "trycloudflare.com", "tumblr.com", "up.railway.app", "vercel.app",
    "web.app", "webflow.io", "weebly.com", "wixsite.com", "wordpress.com", "workers.dev",
))  # fmt: skip
"""Domains under which strangers have sites of their own; a star before one would allow them all. Not a whole list of them."""
SHARED_DOMAINS = (
    "amazonaws.com", "amazonaws.com.cn", "appspot.com", "azurestaticapps.net", "azurewebsites.net", "cloudapp.azure.com",
    "cloudfunctions.net", "core.windows.net", "digitaloceanspaces.com", "ngrok-free.app", "ngrok-free.dev", "ngrok.app", "ngrok.dev",
    "ngrok.io", "run.app",
)  # fmt: skip
"""Those with regions or services between them and the strangers (s3.eu-west-1.amazonaws.com): no star before anything of them."""

_WHOLE = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]@]*)(?::([0-9]{1,5}))?")
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_COUNTRY_SECOND = re.compile(r"(ac|co|com|edu|gob|gov|go|gv|ltd|me|mil|ne|net|or|org|sch)\.[a-z]{2}")
_BLOGS = re.compile(r"blogspot(\.[a-z]{2,3}){1,2}")
_KEPT = "!$&'()*+,/:;=?@-._~%[]"
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]*")


def allowed_host(text: str) -> str:
    """The canonical form of an entry of the allow-list: `shop.example`, `shop.example:8443`, `*.shop.example`, `192.0.2.7`.

    A name allows the usual ports alone, a name with a port that port alone; a star allows sub-domains, not the name itself.

    Raises:
        UsageError: `bad-host`.

    Example:
        >>> allowed_host("Münchner-Kaffee.DE"), allowed_host("*.Shop.example")
        ('xn--mnchner-kaffee-zvb.de', '*.shop.example')
    """
    if len(text) > 300 or not _speaks_plainly(text):
        raise _bad_host(text[:60], "it holds blanks, a backslash or control characters, or is too long")
    star = "*." if text.startswith("*.") else ""
    parts = _AUTHORITY.fullmatch(text.removeprefix("*."))
    host = _host(parts[1]) if parts else None
    if parts is None or host is None:
        raise _bad_host(text, "it is no host name")
    port = _port(parts[2])
    if parts[2] is not None and port is None:
        raise _bad_host(text, "the port is not from 1 to 65535")
    if star and (_address(host) or _is_shared(host)):
        raise _bad_host(text, "strangers have sites under it")
    return f"{star}{host}{f':{port}' if port is not None else ''}"


def destination_of(text: str, allowed: Iterable[str]) -> str:
    """The canonical address of a destination that a link may lead to.

    Args:
        allowed: the workspace's hosts, as `allowed_host` gives them.

    Raises:
        UsageError: `destination-too-long`, `destination-unsafe`, `destination-scheme`, `destination-userinfo`,
            `destination-host`, `host-not-allowed`.

    Example:
        >>> destination_of("HTTPS://Shop.example:443/größe?a=1#top", ["shop.example"])
        'https://shop.example/gr%C3%B6%C3%9Fe?a=1#top'
    """
    if len(text) > LONGEST:
        raise _too_long(len(text))
    if not _speaks_plainly(text):
        raise UsageError(
            "destination-unsafe",
            "the destination holds a blank, a backslash, a line break or another control character",
            hint="Write it as the address bar of a browser shows it; a blank is %20.",
        )
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        raise UsageError(
            "destination-scheme",
            "the destination is no http or https address",
            hint="Write it whole: https://shop.example/offer.",
        )
    scheme, authority = whole[1].lower(), whole[2]
    host, port = _checked_authority(authority, scheme)
    _check_allowed(host, port, list(allowed))
    rest = (whole[3] or "/") + (whole[4] or "") + (whole[5] or "")
    found = f"{scheme}://{host}{f':{port}' if port is not None else ''}{_encoded(rest)}"
    if len(found) > LONGEST:
        raise _too_long(len(found))
    return found


def click_parameter_of(name: str, destination: str) -> str:
    """Check the name of the parameter that carries the click's id.

    Raises:
        UsageError: `bad-click-parameter`: no plain name, one of the utm_ parameters, or the destination has one of that name
            itself.
    """
    if not _PARAMETER.fullmatch(name):
        raise UsageError(
            "bad-click-parameter",
            f"'{name[:60]}' is no name of a parameter",
            hint="Letters, digits and _, such as eid.",
        )
    if name.lower().startswith("utm_"):
        raise UsageError(
            "bad-click-parameter",
            f"'{name}' cannot carry the click's id: names that begin with utm_ say where a visit came from",
            hint="Choose another, such as eid.",
        )
    if name in _said(destination):
        raise UsageError(
            "bad-click-parameter",
            f"the destination has a parameter '{name}' itself",
            hint="Take it out of the destination, or choose another with --click-parameter.",
        )
    return name


class Landing:
    """The address that clicks of one link are sent to, all but the click's id made beforehand.

    Args:
        destination: canonical, from `destination_of`.
        utm: source, medium … → value, appended as utm_source …, before the fragment; what the destination says itself stays.
        click_parameter: carries the click's id; None appends none.

    Example:
        >>> Landing("https://shop.example/a?b=1#top", {"source": "sms"}, "eid").of("x7")
        'https://shop.example/a?b=1&utm_source=sms&eid=x7#top'
    """

    __slots__ = ("_after", "_before", "_tagged")

    def __init__(self, destination: str, utm: Mapping[str, str], click_parameter: str | None) -> None:
        address, mark, fragment = destination.partition("#")
        said = _said(destination)
        added = [
            f"utm_{quote(name, safe='')}={quote(value, safe='')}"
            for name, value in utm.items()
            if f"utm_{name}" not in said
        ]
        self._tagged = click_parameter is not None
        if click_parameter is not None:
            added.append(f"{quote(click_parameter, safe='')}=")
        self._before = _joined(address, "&".join(added))
        self._after = mark + fragment

    def of(self, click_id: str) -> str:
        """The address for one click."""
        if not self._tagged:
            return self._before + self._after
        return self._before + (click_id if _PLAIN_ID.fullmatch(click_id) else quote(click_id, safe="")) + self._after


def load(
    destination: str, utm: Mapping[str, str], click_parameter: str | None, *, allowed: Sequence[str]
) -> Landing | None:
    """The landing of a link as it was declared; None if its destination is not, or no longer, allowed."""
    try:
        checked = destination_of(destination, allowed)
    except UsageError:
        return None
    return Landing(checked, utm, click_parameter)


def landing(destination: str, utm: Mapping[str, str], click_parameter: str | None, click_id: str) -> str:
    """The address for one click of a link; for many clicks of it, keep its `Landing`."""
    return Landing(destination, utm, click_parameter).of(click_id)


def host_of(address: str) -> tuple[str, int | None] | None:
    """Canonical host and port (None if it is the scheme's own) of an address; None if it is none that a link can lead to."""
    whole = _WHOLE.fullmatch(address) if _speaks_plainly(address) else None
    if whole is None:
        return None
    try:
        return _checked_authority(whole[2], whole[1].lower())
    except UsageError:
        return None


def is_allowed(host: str, port: int | None, allowed: Iterable[str]) -> bool:
    """Whether the allow-list holds a canonical host and port."""
    suffix = f":{port}" if port is not None else ""
    for entry in allowed:
        if entry.startswith("*."):
            if f"{host}{suffix}".endswith(entry[1:]) and host != entry[2:]:
                return True
        elif entry == f"{host}{suffix}":
            return True
    return False


def parameters_of(address: str) -> dict[str, str]:
    """Name → value of an address's query, decoded; of several of one name the first."""
    query = address.partition("#")[0].partition("?")[2]
    pairs = (part.partition("=") for part in query.split("&") if part)
    found: dict[str, str] = {}
    for name, _, value in pairs:
        found.setdefault(unquote_plus(name), unquote_plus(value))
    return found


def _said(destination: str) -> frozenset[str]:
    return frozenset(parameters_of(destination))


def _joined(address: str, added: str) -> str:
    if not added:
        return address
    if "?" not in address:
        return f"{address}?{added}"
    return f"{address}{added}" if address.endswith(("?", "&")) else f"{address}&{added}"


def _speaks_plainly(text: str) -> bool:
    """No blanks, control or invisible characters, lone surrogates, backslashes: readers of addresses disagree about them."""
    if text.isascii():
        return text.isprintable() and " " not in text and "\\" not in text
    return not any(character == "\\" or unicodedata.category(character)[0] in "CZ" for character in text)


def _encoded(rest: str) -> str:
    """Path, query and fragment in ASCII; what is encoded already stays so. A fragment keeps its #, which comes once."""
    before, mark, fragment = rest.partition("#")
    return quote(before, safe=_KEPT) + mark + quote(fragment, safe=_KEPT)


def _checked_authority(authority: str, scheme: str) -> tuple[str, int | None]:
    """Canonical host, and the port if it is not the scheme's own."""
    if "@" in authority:
        raise UsageError(
            "destination-userinfo",
            "the destination has a name or password before the host",
            hint="Leave out everything up to the @.",
        )
    parts = _AUTHORITY.fullmatch(authority)
    host = _host(parts[1]) if parts else None
    port = _port(parts[2]) if parts else None
    if parts is None or host is None or (parts[2] is not None and port is None):
        raise UsageError(
            "destination-host",
            "the destination has no host that can be read",
            hint="Write it whole: https://shop.example/offer.",
        )
    return host, None if port == DEFAULT_PORTS[scheme] else port


def _check_allowed(host: str, port: int | None, allowed: list[str]) -> None:
    if is_allowed(host, port, allowed):
        return
    shown = f"{host}{f':{port}' if port is not None else ''}"
    raise UsageError(
        "host-not-allowed",
        f"links of this workspace may not lead to {shown}{closest(shown, allowed)}",
        hint=f"Allow it, if it is yours: earnest link allow {shown}",
        host=shown,
    )


def _host(text: str) -> str | None:
    """Canonical host: an IPv6 literal in brackets, an IPv4 address, or a name in ASCII and lower case; None if it is none."""
    if text.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(text[1:-1]).compressed}]"
        except ValueError:
            return None
    if not text.isascii():
        try:
            text = idna.encode(text, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    name = text.lower().removesuffix(".")
    if not _NAME.fullmatch(name):
        return None
    if _NUMERIC.fullmatch(name.rsplit(".", 1)[-1]):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            return (
                None  # 127.1, 0x7f000001, 2130706433: addresses to a browser, and nobody's way of writing one honestly
            )
    return name


def _port(text: str | None) -> int | None:
    port = int(text) if text else 0
    return port if 0 < port < 1 << 16 else None


def _address(host: str) -> bool:
    return host.startswith("[") or host.replace(".", "").isdigit()


def _is_shared(host: str) -> bool:
    """Whether strangers have names under it: a top-level domain, a country's second level, a host of sites."""
    return (
        "." not in host
        or host in SHARED_SUFFIXES
        or f".{host}".endswith(tuple(f".{domain}" for domain in SHARED_DOMAINS))
        or bool(_COUNTRY_SECOND.fullmatch(host) or _BLOGS.fullmatch(host))
    )


def _bad_host(text: str, why: str) -> UsageError:
    return UsageError(
        "bad-host",
        f"'{text}' cannot be allowed: {why}",
        hint="Write a host as in an address, such as shop.example, *.shop.example or shop.example:8443.",
    )


def _too_long(length: int) -> UsageError:
    return UsageError(
        "destination-too-long",
        f"the destination has {length:,} characters; {LONGEST:,} are the most",
        hint="Shorten it, or lead to a page that knows the rest.",
    )

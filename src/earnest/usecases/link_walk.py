"""Follow a destination as a browser would, and look no further than the allow-list: nothing inside this network is reached.

    address ── allowed? ── resolved once, every address public ── connected to that address ──> status ── Location ──> again

No proxy of the environment, no cookies, no bodies; few seconds, few hops.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from earnest.kernel.errors import UsageError
from earnest.tracking.destination import DEFAULT_PORTS, destination_of

TIMEOUT_S = 10.0
"""Seconds for one address, from the connection to the end of the answer's head."""
MOST_HOPS = 10
AGENT = "earnest-link-check"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_BLANKS = {ord(blank): quote(blank) for blank in ' "<>\\^`{|}'}

Resolve = Callable[[str, int], Sequence[str]]
"""(host, port) → its addresses. Raises OSError: there is none."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Where an address led.

    Args:
        addresses: every address asked, the first included; the last is where it ended. status: its HTTP status, None if it
            gave none. fault: why it did not end well: `no-answer`, `tls-failed`, `private-address`, `redirect-loop`,
            `redirect-off-list`, `redirect-unreadable`, `status`; None if it did. detail: in words.
    """

    addresses: tuple[str, ...]
    status: int | None
    fault: str | None = None
    detail: str = ""

    @property
    def end(self) -> str:
        return self.addresses[-1]


def addresses_of(host: str, port: int) -> list[str]:
    """What the system's resolver says."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)]


def walk(
    address: str,
    allowed: Sequence[str],
    *,
    allow_private: bool = False,
    resolve: Resolve = addresses_of,
    trust: ssl.SSLContext | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Walk:
    """Follow an address and its redirects to the end.

    Args:
        allowed: hosts that may be asked, the first address's as well. allow_private: also ask addresses that are not public.
        trust: whose certificates are believed; default: the system's.
    """
    seen: list[str] = []
    status: int | None = None
    following = address
    while True:
        try:
            checked = destination_of(following, allowed)
        except UsageError as error:
            fault = "redirect-off-list" if error.code == "host-not-allowed" else "redirect-unreadable"
            return Walk((*seen, following), status, fault, error.message)
        if checked in seen or len(seen) == MOST_HOPS:
            return Walk((*seen, checked), status, "redirect-loop", f"{len(seen)} redirects and no end")
        seen.append(checked)
        try:
            status, location = _ask(checked, resolve, trust=trust, allow_private=allow_private, timeout_s=timeout_s)
        except _Private as error:
            return Walk(tuple(seen), None, "private-address", str(error))
        except ssl.SSLError as error:
            return Walk(
                tuple(seen), None, "tls-failed", getattr(error, "verify_message", "") or error.reason or "no TLS"
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Walk(tuple(seen), None, "no-answer", _said(error))
        if status not in _REDIRECTS or location is None:
            return Walk(tuple(seen), status, "status" if status >= 400 else None, f"HTTP status {status}")
        following = _joined(checked, location)


def is_public(address: str) -> bool:
    """Whether an address is of the public internet, also where another one is packed into it."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if any(found in network for network in _NAT64):
            return False
        packed = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if packed is not None:
            return is_public(str(packed))
    return found.is_global and not found.is_multicast


class _Private(Exception):
    """A host has an address that is not public."""


class _Pinned(http.client.HTTPConnection):
    """A connection to the first of these addresses that answers, whatever the name says by then."""

    def __init__(
        self, host: str, port: int, addresses: Sequence[str], *, context: ssl.SSLContext | None, timeout_s: float
    ) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._addresses, self._context = addresses, context

    def connect(self) -> None:
        for left, address in reversed(list(enumerate(reversed(self._addresses)))):
            try:
                self.sock = socket.create_connection((address, self.port), self.timeout)
                break
            except OSError:
                if not left:
                    raise
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host.strip("[]"))


def _ask(
    address: str, resolve: Resolve, *, trust: ssl.SSLContext | None, allow_private: bool, timeout_s: float
) -> tuple[int, str | None]:
    """Status and Location of an address."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    found = list(resolve(host, port))
    private = [one for one in found if not is_public(one)]
    if private and not allow_private:
        raise _Private(f"{host} has the address {private[0]}, which is not public")
    if not found:
        raise OSError(f"{host} has no address")
    context = (trust or ssl.create_default_context()) if parts.scheme == "https" else None
    connection = _Pinned(host, port, found, context=context, timeout_s=timeout_s)
    with contextlib.closing(connection), _until(connection, timeout_s):
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"user-agent": AGENT, "accept": "*/*", "connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("location")


@contextlib.contextmanager
def _until(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """Cut the connection after a time: one that gives a byte now and then would never end by itself."""
    cut = threading.Event()

    def end() -> None:
        cut.set()
        with contextlib.suppress(OSError):
            if connection.sock is not None:
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        if cut.is_set():
            raise TimeoutError(f"no whole answer within {seconds:g} s") from error
        raise
    finally:
        timer.cancel()


def _joined(base: str, location: str) -> str:
    """A Location as browsers take it: relative ones beside the base, blanks and the like encoded."""
    text = location.encode("latin-1", errors="replace").decode("utf-8", errors="replace").strip()
    return urljoin(base, text.translate(_BLANKS))


def _said(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

"""What is not as it should be with links: by what is declared, and by following them on a real local server."""

from __future__ import annotations

import contextlib
import http.server
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from earnest.definitions.campaign import Campaign
from earnest.definitions.link import Link
from earnest.kernel.errors import NotFound, UsageError
from earnest.tracking.destination import allowed_host
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.link_checks import WHY, Checked, check_links
from earnest.usecases.link_walk import Walk, is_public, walk
from earnest.usecases.links import add_link, allow_hosts, disable_link, remove_hosts
from earnest.usecases.workspace import Workspace, init

NOON_US = 1_790_000_000_000_000


class Site(http.server.BaseHTTPRequestHandler):
    """/ok answers; /to?… redirects to what stands behind it; /drop loses the query; others as their names say."""

    asked: list[str]
    port: int

    def do_GET(self) -> None:
        type(self).asked.append(self.headers["Host"] + self.path)
        path, _, query = self.path.partition("?")
        there = {
            "/loop": f"/loop?{query}",
            "/round": f"/back?{query}",
            "/back": f"/round?{query}",
            "/endless": f"/endless?{query}x",
            "/drop": "/ok",
            "/keep": f"/ok?{query}",
            "/off": "https://evil.example/?" + query,
            "/inside": "http://169.254.169.254/latest/meta-data",
            "/script": "javascript:alert(1)",
            "/as": f"//evil.example/?{query}",
            "/blank": f"/ok here?{query}",
        }.get(path)
        if there is not None:
            self.send_response(302)
            self.send_header("Location", there)
        else:
            status = {"/gone": 410, "/broken": 500, "/nowhere": 302}.get(path, 200)
            self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[type[Site]]:
    class Own(Site):
        asked: list[str] = []  # noqa: RUF012  (one site, one list)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        Own.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Own
        server.shutdown()
        thread.join()


def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def led(site: type[Site], path: str) -> Walk:
    host = f"shop.example:{site.port}"
    return walk(f"http://{host}{path}", [host], allow_private=True, resolve=here, timeout_s=10)


@pytest.mark.parametrize(
    ("path", "fault", "status"),
    [
        ("/ok?eid=1", None, 200),
        ("/keep?eid=1", None, 200),
        ("/blank?eid=1", None, 200),
        ("/nowhere", None, 302),
        ("/gone", "status", 410),
        ("/broken", "status", 500),
        ("/loop", "redirect-loop", 302),
        ("/round", "redirect-loop", 302),
        ("/endless", "redirect-loop", 302),
        ("/off?eid=1", "redirect-off-list", 302),
        ("/as?eid=1", "redirect-off-list", 302),
        ("/inside", "redirect-off-list", 302),
        ("/script", "redirect-unreadable", 302),
    ],
)
def test_a_walk_ends_where_a_browser_would_or_where_nobody_may_go(
    site: type[Site], path: str, fault: str | None, status: int
) -> None:
    found = led(site, path)
    assert (found.fault, found.status) == (fault, status)
    assert all(one.startswith(f"shop.example:{site.port}/") for one in site.asked), "the host's own name is asked"
    assert len(site.asked) <= 10


def test_a_server_that_is_not_there_or_never_ends_is_no_answer() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        host = f"shop.example:{deaf.getsockname()[1]}"
        found = walk(f"http://{host}/", [host], allow_private=True, resolve=here, timeout_s=0.3)
    assert found.fault == "no-answer"
    assert walk(f"http://{host}/", [host], allow_private=True, resolve=here, timeout_s=1).fault == "no-answer", (
        "closed by now"
    )

    def unknown(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    found = walk("https://shop.example/", ["shop.example"], resolve=unknown)
    assert (found.fault, found.detail) == ("no-answer", "its name is not known")


def test_an_answer_in_drops_is_cut_off() -> None:
    """A byte now and then keeps every single read in time."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                while not done.wait(0.05):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        host = f"shop.example:{server.getsockname()[1]}"
        found = walk(f"http://{host}/", [host], allow_private=True, resolve=here, timeout_s=0.5)
        done.set()
        thread.join()
    assert found.fault == "no-answer"


def test_a_certificate_nobody_believes_is_told_as_such(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = tmp_path / "site.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    believed = ssl.create_default_context(cafile=str(pem))
    Site.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"shop.example:{server.server_address[1]}"
        other = f"other.example:{server.server_address[1]}"
        found = walk(f"https://{host}/ok", [host], allow_private=True, resolve=here)
        assert found.fault == "tls-failed"
        assert walk(f"https://{host}/ok", [host], allow_private=True, resolve=here, trust=believed).status == 200
        assert (
            walk(f"https://{other}/ok", [other], allow_private=True, resolve=here, trust=believed).fault == "tls-failed"
        )
        server.shutdown()


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1",
    "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::",
    "2001:0:0:0:0:0:80ff:fffe", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_never_asked(address: str) -> None:
    assert not is_public(address)
    asked = []

    def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["8.8.8.8", address]

    found = walk("https://shop.example/", ["shop.example"], resolve=resolve)
    assert (found.fault, found.status, asked) == ("private-address", None, ["shop.example"])


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2002:808:808::"])
def test_what_is_public_may_be_asked(address: str) -> None:
    assert is_public(address)


def test_a_name_is_looked_up_once_a_hop_and_the_address_kept(site: type[Site]) -> None:
    """A name that is public when it is looked at and private when it is called would get inside."""
    looks: list[str] = []

    def flipping(host: str, _port: int) -> Sequence[str]:
        looks.append(host)
        return ["127.0.0.1"] if len(looks) > 1 else ["127.0.0.1", "10.0.0.1"]

    host = f"shop.example:{site.port}"
    assert walk(f"http://{host}/ok", [host], resolve=flipping).fault == "private-address"
    assert site.asked == []
    assert len(looks) == 1


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = init(tmp_path / "shop", currency="EUR", timezone="UTC", clock=lambda: NOON_US)
    allow_hosts(made, ["shop.example", "*.shop.example"])
    set_setting(made, "public_url", "https://go.example", None)
    add_campaign(made, Campaign("c", "c"))
    return made


def told(checked: Checked) -> list[tuple[str | None, str]]:
    assert all(one.what and one.remedy and one.why for one in checked.found)
    return [(one.link, one.code) for one in checked.found]


def add(workspace: Workspace, name: str, **fields: object) -> None:
    add_link(workspace, replace(Link(name, 0, "https://shop.example/a", campaign="c"), **fields))  # type: ignore[arg-type]


def test_what_is_declared_is_looked_at_without_calling_anybody(workspace: Workspace) -> None:
    def nobody(_address: str, _allowed: Sequence[str]) -> Walk:
        raise AssertionError("nobody was to be called")

    add(workspace, "good")
    add(workspace, "alone", campaign=None)
    add(workspace, "sub", destination="https://www.shop.example/")
    remove_hosts(workspace, ["*.shop.example"])
    add(workspace, "ended", until_us=NOON_US)
    add(workspace, "off")
    disable_link(workspace, "off")
    checked = check_links(workspace, follow=nobody)
    assert told(checked) == [("alone", "link-without-campaign"), ("sub", "host-not-allowed")]
    assert (checked.links, checked.healthy(), checked.followed) == (3, False, False)
    assert told(check_links(workspace, "good")) == []
    assert told(check_links(workspace, "ended")) == [("ended", "link-ended")]
    assert told(check_links(workspace, "off")) == [("off", "link-disabled")]
    alone = check_links(workspace, "alone")
    assert alone.healthy()
    assert not alone.healthy(strict=True)
    with pytest.raises(NotFound):
        check_links(workspace, "goo")


def test_without_a_public_url_no_code_has_an_address(tmp_path: Path) -> None:
    bare = init(tmp_path / "bare", currency="EUR", timezone="UTC", clock=lambda: NOON_US)
    assert told(check_links(bare)) == []
    allow_hosts(bare, ["shop.example"])
    add_campaign(bare, Campaign("c", "c"))
    add(bare, "good")
    assert told(check_links(bare)) == [(None, "public-url-missing")]


def test_following_tells_what_is_dead_and_which_tag_is_lost(workspace: Workspace) -> None:
    ends = {
        "good": Walk(("https://shop.example/good?utm_source=sms&eid=earnest-link-check",), 200),
        "moved": Walk(("https://shop.example/moved", "https://shop.example/b?x=1&eid=earnest-link-check&utm_source=sms"), 200),
        "lost": Walk(("https://shop.example/lost", "https://shop.example/b?utm_source=sms"), 200),
        "other": Walk(("https://shop.example/other", "https://shop.example/b?utm_source=mail&eid=earnest-link-check"), 200),
        "dead": Walk(("https://shop.example/dead",), 404, "status", "HTTP status 404"),
        "away": Walk(("https://shop.example/away", "https://evil.example/"), 302, "redirect-off-list", "evil"),
    }  # fmt: skip

    def follow(address: str, allowed: Sequence[str]) -> Walk:
        assert allowed == ("*.shop.example", "shop.example")
        assert address.endswith("?utm_source=sms&eid=earnest-link-check")
        return ends[address.partition("?")[0].rpartition("/")[2]]

    for name in ends:
        add(workspace, name, destination=f"https://shop.example/{name}", utm={"source": "sms"})
    checked = check_links(workspace, fetch=True, follow=follow)
    assert told(checked) == [
        ("away", "redirect-off-list"),
        ("dead", "target-dead"),
        ("lost", "tag-lost"),
        ("other", "tag-lost"),
    ]
    assert "without eid" in checked.found[2].what
    assert "without utm_source" in checked.found[3].what


def test_every_fault_of_a_walk_has_its_reason(site: type[Site]) -> None:
    faults = {"no-answer", "tls-failed", "private-address", "redirect-loop", "redirect-off-list", "redirect-unreadable"}
    assert faults <= WHY.keys()


@pytest.mark.parametrize("allowing", ["nothing of it", "all of it"])
def test_no_writing_of_this_machine_is_ever_called(site: type[Site], allowing: str) -> None:
    """The usual tricks against whoever fetches for others, with the system's own resolver and a server that waits for them."""
    port = site.port
    hosts = [
        "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
        "127.0.0.1.", "127.00.00.01", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[::1%25lo]", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "ⓛocalhost",
        "shop.example@127.0.0.1", "shop.example:80@127.0.0.1", "127.0.0.1#@shop.example", "127.0.0.1?@shop.example", "127.0.0.1\\@shop.example",
        "%31%32%37.0.0.1", "127.0.0.1%00.shop.example", "127.0.0.1%2f.shop.example",
    ]  # fmt: skip
    addresses = [f"{scheme}{host}:{port}/" for host in hosts for scheme in ("http://", "HTTP://", "http:/\\", "//")]
    allowed = ["shop.example"]
    if allowing == "all of it":
        for host in hosts:
            with contextlib.suppress(UsageError):
                allowed.append(allowed_host(f"{host}:{port}"))
        assert len(allowed) > 8
    found = {walk(address, allowed, timeout_s=5).fault for address in addresses}
    assert None not in found
    assert site.asked == []

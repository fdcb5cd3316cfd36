"""The door over a real socket, with the command line at work beside it: what is taken away there is gone here at once."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn

from earnest.access.roles import role_scopes
from earnest.api.app import make_app
from earnest.api.place import Place
from earnest.usecases.workspace import open_workspace

PASSWORD = "four-plain-canary-words"
EARNEST = Path(sys.executable).with_name("earnest")


@dataclass(frozen=True)
class Shop:
    """A workspace, its server's address, and the command line."""

    folder: Path
    url: str

    def earnest(self, *args: str, code: int = 0) -> str:
        environment = {**os.environ, "ADMIN_PASSWORD": PASSWORD}
        done = subprocess.run(
            [EARNEST, *args, "--workspace", self.folder],
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    subprocess.run([EARNEST, "init", folder, "--currency", "EUR", "--timezone", "UTC"], check=True, capture_output=True)
    place = Place("shop", open_workspace(folder))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app({"shop": place}), log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Shop(folder, f"http://127.0.0.1:{listening.getsockname()[1]}")
    server.should_exit = True
    thread.join(10)
    place.close()
    listening.close()


def test_from_the_first_admin_to_the_last_request(shop: Shop) -> None:
    with httpx.Client(base_url=shop.url) as browser:
        signed_in = {"name": "anna", "password": PASSWORD}
        assert browser.post("/api/v1/session", json=signed_in).status_code == 401, "there is no default user"
        shop.earnest("user", "add", "anna", "--role", "admin", "--password-from", "env:ADMIN_PASSWORD")
        answer = browser.post("/api/v1/session", json=signed_in)
        assert answer.status_code == 200
        token = {"x-csrf-token": answer.json()["csrf_token"]}
        new = {"name": "bert", "role": "admin", "password": PASSWORD}
        assert browser.post("/api/v1/users", json=new).status_code == 403
        assert browser.post("/api/v1/users", json=new, headers=token).status_code == 201
        assert browser.get("/api/v1/users").status_code == 200
        shop.earnest("user", "disable", "anna")
        assert browser.get("/api/v1/users").status_code == 401
        assert "last-admin" in shop.earnest("user", "disable", "bert", code=1)
        shop.earnest("user", "enable", "anna")
        assert browser.get("/api/v1/users").status_code == 401, "the session does not come back"
        assert browser.post("/api/v1/session", json=signed_in).status_code == 200


def test_a_key_from_the_command_line(shop: Shop) -> None:
    key = shop.earnest("key", "create", "reports", "--scope", "reports:read", "--expires", "90d", "--quiet").strip()
    made = json.loads(
        shop.earnest("key", "create", "ops", "--scope", "operations:read", "--expires", "never", "--json")
    )
    assert made["data"]["key"].startswith(f"ek_{made['data']['id']}_")
    with httpx.Client(base_url=shop.url) as client:
        assert client.get("/api/v1/session", auth=(key, "")).json()["name"] == "reports"
        assert client.get("/api/v1/users", auth=(key, "")).status_code == 403
        assert client.get("/api/v1/session", headers={"x-api-key": made["data"]["key"]}).json()["scopes"] == [
            "operations:read"
        ]
        listed = shop.earnest("key", "list", "--json")
        assert key not in listed
        assert [one["state"] for one in json.loads(listed)["data"]] == ["live", "live"]
        shop.earnest("key", "revoke", key[:11])
        assert client.get("/api/v1/session", auth=(key, "")).status_code == 401
    assert "no-such-key" in shop.earnest("key", "revoke", "ghost", code=5)
    assert "no-such-scope" in shop.earnest("key", "create", "x", "--scope", "reports", code=5)
    assert "bad-expiry" in shop.earnest("key", "create", "x", "--scope", "reports:read", "--expires", "soon", code=2)
    assert "no-such-source" in shop.earnest(
        "key", "create", "x", "--scope", "events:write", "--source", "ghost", code=5
    )


@pytest.mark.parametrize(
    "line", [b"TRACE /api/v1/users", b"get /api/v1/users", b"CONNECT /api/v1/users", b"PUT /api/v1/users", b"GET /API/v1/users",
             b"GET //api/v1/users", b"GET /api/v1/users/", b"GET /healthz/../api/v1/users", b"GET /api/v1/users%2f"],
)  # fmt: skip
def test_odd_requests_get_nothing(shop: Shop, line: bytes) -> None:
    key = shop.earnest("key", "create", "all", "--scope", "access:manage", "--quiet").strip()
    host, port = shop.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(line + b" HTTP/1.1\r\nHost: x\r\nX-API-Key: " + key.encode() + b"\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := wire.recv(65536):
            answer += part
    assert int(answer.split(b" ", 2)[1]) in {400, 404, 405}, answer[:200]
    assert b"created_us" not in answer


def test_passwords_are_no_arguments_and_no_defaults(shop: Shop) -> None:
    assert "no-password" in shop.earnest("user", "add", "anna", code=2)
    assert "bad-secret-reference" in shop.earnest(
        "user", "add", "anna", "--password-from", "not-by-itself-canary", code=2
    )
    assert "no-such-secret" in shop.earnest("user", "add", "anna", "--password-from", "env:NOT_SET", code=5)
    weak = shop.folder / "weak"
    weak.write_text("password1\n")
    assert "weak-password" in shop.earnest("user", "add", "anna", "--password-from", f"file:{weak}", code=2)
    assert json.loads(shop.earnest("user", "list", "--json"))["data"] == []
    strong = shop.folder / "strong"
    strong.write_text(f"{PASSWORD}\r\n")
    shop.earnest("user", "add", "anna", "--role", "analyst", "--password-from", f"file:{strong}")
    with httpx.Client(base_url=shop.url) as client:
        answer = client.post("/api/v1/session", json={"name": "anna", "password": PASSWORD})
        assert answer.json()["scopes"] == sorted(role_scopes("analyst")), "without the line's end"

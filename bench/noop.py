"""The server's own uvicorn with a handler that reads the body and answers 200: what serving costs without keeping anything."""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvicorn

from earnest.api.protocol import BoundedProtocol

_HEAD = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
_BODY = {"type": "http.response.body", "body": b""}


async def app(_scope: Any, receive: Any, send: Any) -> None:
    """Read everything, keep nothing."""
    while (await receive()).get("more_body"):
        pass
    await send(_HEAD)
    await send(_BODY)


if __name__ == "__main__":
    config = uvicorn.Config(
        app, http=BoundedProtocol, loop="uvloop", ws="none", lifespan="off", log_config=None, access_log=False,
        server_header=False, proxy_headers=False,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])

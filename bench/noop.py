"""Handlers that read the body, keep nothing and answer 200, on the server's own uvicorn: what serving alone costs.

`python -m bench.noop FD bare`: an ASGI function. `python -m bench.noop FD fastapi`: an endpoint of a FastAPI application.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

from earnest.api.protocol import BoundedProtocol

_HEAD = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
_BODY = {"type": "http.response.body", "body": b""}
framework = FastAPI()


async def bare(_scope: Any, receive: Any, send: Any) -> None:
    """Read everything, keep nothing."""
    while (await receive()).get("more_body"):
        pass
    await send(_HEAD)
    await send(_BODY)


@framework.post("/hooks/{name}")
async def endpoint(name: str, request: Request) -> Response:
    """The same, as one writes it."""
    await request.body()
    return Response()


if __name__ == "__main__":
    config = uvicorn.Config(
        framework if sys.argv[2] == "fastapi" else bare, http=BoundedProtocol, loop="uvloop", ws="none", lifespan="off",
        log_config=None, access_log=False, server_header=False, proxy_headers=False,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])

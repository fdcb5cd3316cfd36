"""earnest serve."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from earnest.cli.output import Output, printable

_LOOPBACK = ("127.", "::1", "localhost")


@click.command()
@click.option("--workspace", "-w", "folders", multiple=True, envvar="EARNEST_WORKSPACE", type=click.Path(path_type=Path), metavar="DIR",
              help="Workspace folder (or EARNEST_WORKSPACE); several may be given. Default: here.")  # fmt: skip
@click.option("--workspaces", "parent", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="FOLDER",
              help="Serve every workspace in this folder; SIGHUP looks again.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8420, show_default=True, type=click.IntRange(0, 65535), help="0: any free port.")
@click.option("--public-url", metavar="URL", help="Where providers call it, for example https://hooks.example.com.")
@click.option("--trusted-proxy", "proxies", multiple=True, metavar="ADDRESS",
              help="Proxy whose X-Forwarded-For and -Proto are believed: an address, a network, or * for all.")  # fmt: skip
@click.option("--clicks-per-address", default=200, show_default=True, type=click.IntRange(0),
              help="Clicks of one address kept at once, and a tenth of them each second; the rest is answered and not kept. 0: all.")  # fmt: skip
@click.option("--log-level", default="info", show_default=True, type=click.Choice(["debug", "info", "warning", "error"]),
              help="info: a line for each request.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, no hints.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour on a terminal.")
def serve(
    folders: tuple[Path, ...], parent: Path | None, *, host: str, port: int, public_url: str | None,
    proxies: tuple[str, ...], clicks_per_address: int, log_level: str, as_json: bool, quiet: bool, color: str,
) -> int:  # fmt: skip
    """Receive webhooks and events, and keep the tables up to them.

    Runs until Ctrl-C or SIGTERM. SIGHUP starts the server anew without refusing a call.
    """
    from earnest.definitions.setting import server_url
    from earnest.usecases.serve import Plan, Supervisor, bind

    out = Output(as_json, quiet or as_json, color, folders[0] if folders else Path())
    here = () if folders or parent else (Path(),)
    called = server_url(public_url) if public_url is not None else None
    plan = Plan(folders or here, parent, called, tuple(_trusted(one) for one in proxies), log_level, clicks_per_address)
    served = plan.served()
    listening = bind(host, port)
    address = _address(listening.getsockname())
    if not host.startswith(_LOOPBACK) and not public_url:
        out.note(
            "this listens on the network without TLS. Put a proxy with a certificate before it, and name the address"
            " that providers call with --public-url."
        )
    facts = {"address": address, "public_url": public_url, "workspaces": {name: str(at) for name, at in served.items()}}

    def ready() -> None:
        named = ", ".join(served)
        out.data(facts, lambda c: c.print(f"Serving {named} on {address}. Ctrl-C stops it.", markup=False))
        sys.stdout.flush()
        for step in (*dashboard_steps(address, served), next_step(served)):
            out.next(step)

    def say(text: str) -> None:
        if not quiet:
            click.echo(printable(text), err=True)

    return Supervisor(plan, listening, say, ready).run()


def _address(name: tuple[str, int]) -> str:
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _trusted(proxy: str) -> str:
    """An address, a network or *, as the HTTP server reads it: anything else would be trusted by nobody, silently."""
    from earnest.kernel.errors import UsageError

    try:
        if proxy != "*":
            ipaddress.ip_network(proxy) if "/" in proxy else ipaddress.ip_address(proxy)
    except ValueError as error:
        raise UsageError(
            "bad-trusted-proxy",
            f"'{proxy}' is neither an address nor a network",
            hint="For example 10.0.0.5 or 10.0.0.0/8, the address without bits of a host; * trusts everybody who can connect.",
        ) from error
    return proxy


def dashboard_steps(address: str, served: Mapping[str, Path]) -> list[str]:
    """Where the dashboard of each workspace is; before it, how to make the first user of one that has none."""
    from earnest.usecases.access import open_access
    from earnest.usecases.workspace import open_workspace

    steps = []
    for name, at in served.items():
        with open_access(open_workspace(at)) as store:
            if not store.users():
                steps.append(f"earnest user add NAME --role admin --workspace {at}")
        steps.append(f"open {address}/" if len(served) == 1 else f"open {address}/w/{name}/")
    return steps


def next_step(served: Mapping[str, Path]) -> str:
    """What to do once it serves: declare a source, or look at those there are."""
    from earnest.usecases.workspace import open_workspace

    sources = [source for at in served.values() for source in open_workspace(at).state().sources.values()]
    if any(source.enabled for source in sources):
        return "earnest source list"
    return "earnest source add NAME --as whatsapp --secret env:WHATSAPP_APP_SECRET"


COMMANDS = {"serve": serve}

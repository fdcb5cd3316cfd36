"""earnest link allow, create, change, list, show, disable, code, codes, qr, check."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, printable, shared
from earnest.kernel.words import count

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.definitions.link import Link
    from earnest.usecases.link_checks import Checked
    from earnest.usecases.link_codes import Written
    from earnest.usecases.link_show import LinkShown
    from earnest.usecases.workspace import Workspace

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_OPTIONS = (
    click.option("--campaign", default=None, help="Declared campaign it is of."),
    click.option("--within", default=None, metavar="FIELD=VALUE", help="Messages it goes in: campaign=, template=, tag= or callback=; default: its campaign."),
    click.option("--utm", "utm", multiple=True, metavar="NAME=VALUE", help="Appended as utm_NAME: source, medium, campaign, term, content; repeat it."),
    click.option("--click-parameter", default=None, metavar="NAME", help="Parameter that carries the click's id to the landing page; default: eid."),
    click.option("--no-click-id", is_flag=True, help="Append no click id: clicks count, visits are not joined to them."),
    click.option("--until", default=None, metavar="DAY|TIME", help="Its last day, or the time (ISO 8601 with zone) from which it leads nowhere."),
)  # fmt: skip


def _link_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group(name="link")
def group() -> None:
    """Links of your own, that count clicks: allow hosts, create, give codes, check."""


@group.command()
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@click.option("--remove", is_flag=True, help="Allow them no longer.")
@shared
def allow(out: Output, hosts: tuple[str, ...], *, remove: bool) -> None:
    """Allow links to lead to HOST. Without one: list them.

    shop.example allows that name alone, *.shop.example its sub-domains, shop.example:8443 that port.
    """
    from earnest.usecases.links import allow_hosts, remove_hosts

    workspace = out.workspace()
    change = remove_hosts if remove else allow_hosts
    found = change(workspace, hosts) if hosts else workspace.state().link_hosts
    out.data({"hosts": list(found)}, lambda c: c.print("\n".join(found) or "no host is allowed yet", markup=False))
    if not found:
        out.next("earnest link allow shop.example")
    elif hosts and not remove:
        out.next(f"earnest link create NAME https://{found[-1].removeprefix('*.')}/…")


@group.command()
@click.argument("name")
@click.argument("url", metavar="URL")
@_link_options
@shared
def create(out: Output, name: str, url: str, *, click_parameter: str | None, no_click_id: bool, **given: Any) -> None:
    """Create link NAME that leads to URL, and print its address.

    That address is the same for everybody; `earnest link codes` gives each recipient one of his own. utm_campaign is the
    campaign's id unless --utm campaign= says otherwise, or nothing. The same command again changes nothing.
    """
    from earnest.definitions.link import Link
    from earnest.usecases.links import add_link

    workspace = out.workspace()
    parameter = None if no_click_id else click_parameter or "eid"
    utm = _named_utm(_utm(given["utm"]), url, given["campaign"])
    until = _until(workspace, given["until"])
    wanted = Link(name, 0, url, given["campaign"], given["within"], utm, parameter, until)
    link, new = add_link(workspace, wanted)
    _tell(out, link, new=new)
    out.next(f"earnest link codes {name} --recipients FILE.csv")


@group.command()
@click.argument("name")
@click.option("--to", "url", default=None, metavar="URL", help="Where it leads from now on.")
@_link_options
@click.option("--enable", is_flag=True, help="Bring a disabled link back.")
@shared
def change(out: Output, name: str, *, url: str | None, enable: bool, **given: Any) -> None:
    """Change link NAME. What is left out stays, and so do its codes. --until never lets it lead for ever."""
    from earnest.usecases.links import change_link

    workspace = out.workspace()
    _tell(out, change_link(workspace, name, _change(workspace, url, enable=enable, given=given)), new=True)


@group.command(name="list")
@shared
def list_links(out: Output) -> None:
    """List links with their clicks."""
    from earnest.cli.tables import print_table
    from earnest.usecases.link_show import show_links

    with out.progress() as progress:
        found = show_links(out.workspace(), progress=progress)
    rows = [
        (one.link.id, one.state, one.link.campaign or "–", f"{one.clicks.raw:,}", f"{one.clicks.human:,}", one.link.destination)
        for one in found
    ]  # fmt: skip
    headers = ("link", "state", "campaign", "clicks", "human", "leads to")
    out.data([one.to_json() for one in found], lambda c: print_table(c, headers, rows, numbers=(3, 4)))
    if not found:
        out.next("earnest link create NAME URL")


@group.command()
@click.argument("name")
@shared
def show(out: Output, name: str) -> None:
    """Show link NAME: its address, and its clicks by class."""
    from earnest.cli.tables import print_table
    from earnest.usecases.link_show import show_link

    with out.progress() as progress:
        found = show_link(out.workspace(), name, progress=progress)
    out.data(found.to_json(), lambda c: print_table(c, ("what", "value"), _rows(found)))


@group.command()
@click.argument("name")
@shared
def disable(out: Output, name: str) -> None:
    """Let link NAME lead nowhere: its codes answer 404."""
    from earnest.usecases.links import disable_link

    link = disable_link(out.workspace(), name)
    out.data(link.to_json(), lambda c: c.print(f"Link {name} leads nowhere any more.", markup=False))
    out.next(f"earnest link change {name} --enable")


@group.command()
@click.argument("name")
@click.option(
    "--phone", default=None, help="Phone number, + and country code first, or as the workspace's region writes it."
)
@click.option("--wa-id", default=None, help="WhatsApp id: digits of country code and number.")
@click.option("--email", default=None, help="Mail address.")
@click.option("--contact", default=None, help="Your own customer number.")
@shared
def code(out: Output, name: str, **who: str | None) -> None:
    """Print the address of link NAME for one recipient. The same one gets the same for ever."""
    from earnest.channels.told import Party
    from earnest.kernel.errors import UsageError
    from earnest.usecases.links import codes

    if sum(text is not None for text in who.values()) != 1:
        raise UsageError(
            "one-recipient", "a code is of one recipient", hint="Give one of --phone, --wa-id, --email, --contact."
        )
    party = Party(dialled=who["phone"], phone=who["wa_id"], email=who["email"], contact=who["contact"])
    (issued,) = codes(out.workspace(), name, [party])
    told = {"link": name, "code": issued.code, "url": issued.url, "recipient": issued.recipient}
    out.data(told, lambda c: c.print(issued.url, markup=False, soft_wrap=True))


@group.command()
@click.argument("name")
@click.option("--recipients", "path", required=True, type=click.Path(path_type=Path), metavar="FILE",
              help="CSV, JSON Lines or Parquet, also gzipped, with a column of phones, WhatsApp ids, mail addresses or contacts.")  # fmt: skip
@click.option("--out", "target", default=None, type=click.Path(path_type=Path), metavar="FILE",
              help="CSV to write, gzipped if it ends in .gz; default: the file's name with .codes.csv, here.")  # fmt: skip
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Column of a field: phone=COLUMN, wa_id=, email=, contact=.",
)
@shared
def codes(out: Output, name: str, *, path: Path, target: Path | None, maps: tuple[str, ...]) -> None:
    """Give every recipient in a file a code of his own.

    Writes the file's rows with `code` and `url`; rows without a usable recipient go to a second file, with the reason. Exit 3
    if none is usable.
    """
    from earnest.usecases.link_codes import write_codes

    with out.progress() as progress:
        written = write_codes(out.workspace(), name, path, out=target, maps=maps, progress=progress)
    out.data(written.to_json(), lambda c: _print_written(c, written))


@group.command()
@click.argument("name")
@click.option("--out", "target", default=None, type=click.Path(path_type=Path), metavar="FILE",
              help="SVG or PNG to write; default: draw it in the terminal.")  # fmt: skip
@shared
def qr(out: Output, name: str, *, target: Path | None) -> None:
    """Draw the QR code of link NAME's shared address."""
    from earnest.usecases.link_qr import qr_rows, write_qr

    if target is not None:
        address = write_qr(out.workspace(), name, target)
        out.data(
            {"url": address, "out": str(target)},
            lambda c: c.print(f"{target}: {address}", markup=False, soft_wrap=True),
        )
        return
    address, rows = qr_rows(out.workspace(), name)
    out.data(
        {"url": address, "rows": [[int(one) for one in row] for row in rows]}, lambda c: _print_qr(c, address, rows)
    )


@group.command()
@click.argument("name", required=False)
@click.option("--fetch", is_flag=True, help="Also call the destinations and follow their redirects.")
@click.option("--allow-private", is_flag=True, help="With --fetch: also call addresses inside your own network.")
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too.")
@shared
def check(out: Output, name: str | None, *, fetch: bool, allow_private: bool, strict: bool) -> int:
    """Check link NAME, or all that lead anywhere.

    With --fetch: dead targets, redirects that leave the allowed hosts or lose the click's id and UTM tags. Nothing is called
    without it. Exit 1 if anything failed.
    """
    from earnest.usecases.link_checks import check_links

    with out.progress() as progress:
        checked = check_links(out.workspace(), name, fetch=fetch, allow_private=allow_private, progress=progress)
    out.data(checked.to_json(), lambda c: _print_checked(c, checked))
    if not fetch and checked.links:
        out.next(f"earnest link check {name} --fetch" if name else "earnest link check --fetch")
    return 0 if checked.healthy(strict=strict) else 1


def _utm(pairs: tuple[str, ...]) -> dict[str, str]:
    from earnest.kernel.errors import UsageError

    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError("bad-utm", f"'{pair}' is no tag", hint="Write --utm source=sms.")
        found[name.removeprefix("utm_")] = value
    return found


def _named_utm(utm: dict[str, str], url: str, campaign: str | None) -> dict[str, str]:
    """The tags asked for; utm_campaign is the campaign's id where neither they nor the address say another, or `campaign=` none."""
    from urllib.parse import parse_qs, urlsplit

    if utm.get("campaign") == "":
        return {name: value for name, value in utm.items() if name != "campaign"}
    if campaign is None or "campaign" in utm or "utm_campaign" in parse_qs(urlsplit(url).query):
        return utm
    return utm | {"campaign": campaign}


def _until(workspace: Workspace, text: str | None) -> int | None:
    """The instant from which a link leads nowhere; a day is its last one, to its end in the workspace's zone."""
    from earnest.cli.times import instant
    from earnest.kernel.period import day_end_us, parse_day, zone

    if text is None or not _DAY.fullmatch(text):
        return instant(text)
    return day_end_us(parse_day(text), zone(workspace.state().timezone))


def _change(workspace: Workspace, url: str | None, *, enable: bool, given: dict[str, Any]) -> Callable[[Link], Link]:
    """The known link → the wanted one: what was not given stays."""
    from dataclasses import replace

    wanted: dict[str, Any] = {name: given[name] for name in ("campaign", "within") if given[name] is not None}
    if url is not None:
        wanted["destination"] = url
    if given["utm"]:
        wanted["utm"] = _utm(given["utm"])
    if given["click_parameter"] is not None or given["no_click_id"]:
        wanted["click_parameter"] = None if given["no_click_id"] else given["click_parameter"]
    if given["until"] is not None:
        wanted["until_us"] = None if given["until"] == "never" else _until(workspace, given["until"])
    if enable:
        wanted["enabled"] = True
    return lambda known: replace(known, **wanted)


def _tell(out: Output, link: Link, *, new: bool) -> None:
    from earnest.usecases.links import base_of, landing_of, shared_code

    workspace = out.workspace()
    state = workspace.state()
    issued = shared_code(workspace, state, link)
    if base_of(workspace, state) is None:
        out.note("YOUR-HOST stands for your server: earnest setting set public_url https://go.example.com tells it.")
    if link.campaign is None and link.within is None:
        out.note("It belongs to no campaign, so that its clicks count for none: give --campaign.")
    if not new:
        out.note("There is that very link already; nothing was changed.")
    told = link.to_json() | {"code": issued.code, "url": issued.url, "lands_on": landing_of(link), "new": new}
    out.data(told, lambda c: c.print(issued.url, markup=False, soft_wrap=True))


def _rows(found: LinkShown) -> list[tuple[str, str]]:
    told, clicks = found.to_json(), found.clicks
    return [
        ("address", found.shared.url),
        ("state", found.state),
        ("leads to", found.link.destination),
        ("lands on", str(told["lands_on"])),
        ("campaign", found.link.campaign or "none"),
        (
            "goes in messages",
            found.link.within or (f"campaign={found.link.campaign}" if found.link.campaign else "none"),
        ),
        ("until", str(told["until"] or "for ever")),
        ("clicks", f"{clicks.raw:,}"),
        ("human clicks", f"{clicks.human:,}"),
        ("repeated within 30 s", f"{clicks.repeated:,}"),
        *((f"of class {name}", f"{made:,}") for name, made in clicks.by_class.items()),
    ]


def _print_written(console: Console, written: Written) -> None:
    read = ", ".join(f"{name} from {column}" for name, column in written.columns.items())
    console.print(
        printable(f"{written.file}: {written.coded:,} of {written.rows:,} rows have a code ({read}): {written.out}"),
        markup=False,
        soft_wrap=True,
    )
    if written.recipients < written.coded:
        console.print(f"{count(written.recipients, 'different recipient')}: rows of one have one code", markup=False)
    for reason, rows in written.refusals.reasons.items():
        console.print(f"  {rows:,} × {reason}", markup=False)
    for one in written.refusals.first:
        console.print(printable(f"  row {one.row} {one.what}. {one.remedy}"), markup=False, soft_wrap=True)
    if written.refused_out is not None:
        console.print(printable(f"rows without a code: {written.refused_out}"), markup=False, soft_wrap=True)


_HALVES = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
"""(upper, lower) module dark → a character, drawn in the terminal's own colour: light modules are what is drawn."""


def _print_qr(console: Console, address: str, rows: list[list[bool]]) -> None:
    padded = rows if len(rows) % 2 == 0 else [*rows, [False] * len(rows[0])]
    for upper, lower in zip(padded[::2], padded[1::2], strict=True):
        console.print("".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)), markup=False, soft_wrap=True)
    console.print(address, markup=False, soft_wrap=True)


def _print_checked(console: Console, checked: Checked) -> None:
    for one in checked.found:
        about = f"link {one.link}: " if one.link else ""
        console.print(printable(f"{one.level.upper()} {one.code}: {about}{one.what}"), markup=False, soft_wrap=True)
        console.print(f"  {one.why}", markup=False, soft_wrap=True)
        console.print(printable(f"  remedy: {one.remedy}"), markup=False, soft_wrap=True)
    failed = sum(one.level == "failed" for one in checked.found)
    how = "followed" if checked.followed else "looked at, none called"
    links = count(checked.links, "link")
    found = f"{failed} failed, {len(checked.found) - failed} warned" if checked.found else "all well"
    console.print(f"{links} {how}: {found}", markup=False)


COMMANDS = {"link": group}

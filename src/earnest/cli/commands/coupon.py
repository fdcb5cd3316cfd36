"""earnest coupon add, change, mint, import, list, show, leaks, disable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, shared
from earnest.kernel.words import count

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from earnest.kernel.estimate import Figure
    from earnest.usecases.coupon_codes import Coded
    from earnest.usecases.coupon_leaks import Leaks
    from earnest.usecases.coupon_show import CouponFigures

_OPTIONS = (
    click.option("--campaign", default=None, help="Declared campaign whose messages tell it; who it was sent to is the audience."),
    click.option("--code", default=None, help="The one code that everybody has, for example SPRING20; without it each gets a code of his own."),
    click.option("--prefix", default=None, help="What minted codes begin with; default: the coupon's name."),
    click.option("--valid", default=None, metavar="FIRST..LAST", help="First and last valid day, 2026-11-01..2026-11-30; either may be left out."),
    click.option("--discount", default=None, help="What it grants, in words: a memo, nothing is computed of it."),
)  # fmt: skip
_MAP = click.option(
    "--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Column of a field: phone=COLUMN, wa_id=, email=, contact=, code=."
)  # fmt: skip


def _coupon_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group(name="coupon")
def group() -> None:
    """Coupons: codes for campaigns and recipients, who redeemed them, which have leaked."""


@group.command()
@click.argument("name")
@_coupon_options
@shared
def add(out: Output, name: str, **given: str | None) -> None:
    """Declare coupon NAME.

    With --code everybody has the same code. Without, `coupon mint` or `coupon import` gives it codes. The same command again
    changes nothing.
    """
    from earnest.definitions.coupon import Coupon, prefix_of, valid_days
    from earnest.usecases.coupons import add_coupon

    days = valid_days(given["valid"]) if given["valid"] else (None, None)
    code, prefix = given["code"], given["prefix"]
    made = add_coupon(
        out.workspace(),
        Coupon(
            name, "shared" if code else "unique", given["campaign"], code,
            "" if code else prefix_of(name) if prefix is None else prefix, given["discount"], *days,
        ),
    )  # fmt: skip
    words = f"everybody's code is {made.code}" if made.code else "it has no codes yet"
    out.data(made.shown(), lambda c: c.print(f"Coupon {name} is declared: {words}.", markup=False))
    out.next(f"earnest coupon show {name}" if made.code else f"earnest coupon mint {name} --recipients FILE.csv")


@group.command()
@click.argument("name")
@_coupon_options
@click.option("--enable", is_flag=True, help="Bring a disabled coupon back.")
@shared
def change(out: Output, name: str, *, enable: bool, **given: str | None) -> None:
    """Change coupon NAME. What is left out stays, and so do its codes."""
    from earnest.definitions.coupon import valid_days
    from earnest.usecases.coupons import change_coupon

    changes: dict[str, Any] = {
        key: given[key] for key in ("campaign", "code", "prefix", "discount") if given[key] is not None
    }
    if given["valid"]:
        changes["valid_from"], changes["valid_until"] = valid_days(given["valid"])
    if enable:
        changes["enabled"] = True
    made = change_coupon(out.workspace(), name, **changes)
    out.data(made.shown(), lambda c: c.print(f"Coupon {name} is changed.", markup=False))


@group.command()
@click.argument("name")
@click.option("--recipients", "path", default=None, type=click.Path(path_type=Path), metavar="FILE",
              help="CSV, JSON Lines or Parquet, also gzipped, with a column of phones, WhatsApp ids, mail addresses or contacts.")  # fmt: skip
@click.option("--count", type=int, default=None, help="Instead: so many codes that are given to nobody yet.")
@click.option("--out", "target", default=None, type=click.Path(path_type=Path), metavar="FILE",
              help="CSV to write, gzipped if it ends in .gz; default: the file's name with .NAME.csv, here.")  # fmt: skip
@_MAP
@shared
def mint(
    out: Output, name: str, *, path: Path | None, count: int | None, target: Path | None, maps: tuple[str, ...]
) -> None:
    """Mint codes of coupon NAME.

    One for each recipient in a file, or --count of them that are nobody's yet. Writes the file's rows with `code`; who has a
    code gets the same again. Rows without a usable recipient go to a second file, with the reason. Exit 3 if none is usable.
    """
    from earnest.kernel.errors import UsageError
    from earnest.usecases.coupon_codes import mint_count, mint_for

    if (path is None) == (count is None) or (count is not None and target is None):
        raise UsageError(
            "mint-for-whom", "codes are minted for a file of recipients, or by count into a file",
            hint="Give --recipients FILE, or --count N --out FILE.",
        )  # fmt: skip
    workspace = out.workspace()
    if path is not None:
        done = mint_for(workspace, name, path, out=target, maps=maps)
    else:
        assert count is not None
        assert target is not None
        done = mint_count(workspace, name, count, target)
    out.data(done.to_json(), lambda c: _print_coded(c, done))
    out.next(f"the shop must know the codes: load {done.out} there, with one use for each")


@group.command(name="import")
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@_MAP
@shared
def import_(out: Output, name: str, path: Path, *, maps: tuple[str, ...]) -> None:
    """Take codes of coupon NAME that a shop or an agency made.

    FILE has a column of codes, and may say whom each was given to. The same file again changes nothing. Exit 3 if no row is
    usable.
    """
    from earnest.usecases.coupon_codes import import_codes

    done = import_codes(out.workspace(), name, path, maps=maps)
    out.data(done.to_json(), lambda c: _print_coded(c, done))
    out.next(f"earnest coupon show {name}")


@group.command(name="list")
@shared
def list_coupons(out: Output) -> None:
    """List coupons with what came of them."""
    from earnest.cli.tables import money, print_table
    from earnest.usecases.coupon_show import all_coupons

    found = all_coupons(out.workspace())
    rows = [
        (
            one.coupon.id, one.coupon.campaign or "–", one.coupon.code or count(one.codes, "code"),
            "on" if one.coupon.enabled else "disabled", f"{one.redemptions.counted:,}", money(one.redemptions.net),
            "LEAKED" if one.leaked else "",
        )
        for one in found
    ]  # fmt: skip
    headers = ("coupon", "campaign", "code", "state", "orders", "net revenue", "")
    out.data([one.to_json() for one in found], lambda c: print_table(c, headers, rows, numbers=(4, 5)))
    if not found:
        out.next("earnest coupon add NAME --campaign ID --code SPRING20")


@group.command()
@click.argument("name")
@click.option("--as-of", default=None, metavar="TIME", help="As it was known then (ISO 8601 with zone).")
@shared
def show(out: Output, name: str, *, as_of: str | None) -> None:
    """Show coupon NAME: who redeemed it, orders, revenue.

    Redemptions by the audience, by others, and by whom nobody can tell.
    """
    from earnest.cli.times import instant
    from earnest.kernel.period import zone
    from earnest.usecases.coupon_show import show_coupon

    workspace = out.workspace()
    tz = zone(workspace.state().timezone)
    found = show_coupon(workspace, name, as_of_us=instant(as_of))
    out.data(found.to_json(), lambda c: _print(c, found, tz))
    if found.redemptions.outside:
        out.next(f"earnest coupon leaks {name}")


@group.command()
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Orders to list of each coupon.")
@shared
def leaks(out: Output, name: str | None, *, limit: int) -> int:
    """List redemptions by people a coupon was not meant for.

    Of coupon NAME, or of all. Exit 1 if one has leaked.
    An order whose customer cannot be told from the audience is never among them.
    """
    from earnest.kernel.period import zone
    from earnest.usecases.coupon_leaks import leaks as look

    workspace = out.workspace()
    tz = zone(workspace.state().timezone)
    found = look(workspace, name, limit=limit)
    out.data([one.to_json() for one in found], lambda c: _print_leaks(c, found, tz))
    return 1 if any(one.figures.leaked for one in found) else 0


@group.command()
@click.argument("name")
@shared
def disable(out: Output, name: str) -> None:
    """Mint no more codes of coupon NAME. What is redeemed of it counts as ever."""
    from earnest.usecases.coupons import disable_coupon

    made = disable_coupon(out.workspace(), name)
    out.data(made.shown(), lambda c: c.print(f"Coupon {name} mints no more codes.", markup=False))
    out.next(f"take its codes out of the shop too; to bring it back: earnest coupon change {name} --enable")


def _print_coded(console: Console, done: Coded) -> None:
    from earnest.cli.tables import escape

    where = f" → {done.out}" if done.out else ""
    told = f"{count(done.rows, 'row')} of {done.file}: " if done.file else ""
    words = f"{told}{count(done.new, 'new code')}, {done.again:,} known, {count(done.given, 'recipient')}{where}"
    console.print(escape(words), soft_wrap=True)
    for reason, rows in done.refusals.reasons.items():
        console.print(escape(f"  {rows:,} × {reason}"))
    for one in done.refusals.first:
        console.print(escape(f"  row {one.row}: {one.what}. {one.remedy}"), soft_wrap=True)
    if done.refused_out:
        console.print(escape(f"  all of them: {done.refused_out}"), soft_wrap=True)


def _print(console: Console, found: CouponFigures, tz: ZoneInfo) -> None:
    from earnest.cli.tables import print_table

    print_table(console, ("what", "value"), _rows(found, tz))
    _print_findings(console, [found])


def _rows(found: CouponFigures, tz: ZoneInfo) -> list[tuple[str, str]]:
    from earnest.cli.tables import money

    told, coupon = found.redemptions, found.coupon
    apart = {"no-contact": "name nobody", "other-id": "known by other identities", "no-audience": "no audience known"}
    unknown = ", ".join(f"{told.orders[name]:,} {words}" for name, words in apart.items() if told.orders[name])
    return [
        ("coupon", coupon.id if coupon.enabled else f"{coupon.id} (disabled)"),
        ("code", coupon.code or f"{count(found.codes, 'code')}, {found.given:,} given to one recipient each"),
        ("campaign", coupon.campaign or "none"),
        ("valid", _valid(found)),
        ("discount", coupon.discount or "–"),
        ("audience", f"{count(found.audience, 'person')}, {found.delivered:,} reached"),
        ("orders", f"{told.counted:,}, and {told.orders['cancelled']:,} cancelled"),
        ("  by the audience", f"{told.orders['inside']:,} by {count(told.inside, 'person')}"),
        ("  by others", f"{told.orders['outside']:,} by {count(told.outside, 'person')}"),
        ("  by whom unknown", f"{told.unknown:,}{f': {unknown}' if unknown else ''}"),
        ("codes redeemed", f"{told.codes:,}"),
        ("net revenue", money(told.net)),
        ("discount granted", money(told.discount)),
        (f"first, last ({tz.key})", " to ".join(_time(us, tz) for us in (told.first_us, told.last_us)) if told.first_us else "–"),
        ("first by others", _time(told.first_outside_us, tz)),
        ("redemption rate", _share(found.redemption_rate)),
        ("share of others", _share(found.outside_share)),
    ]  # fmt: skip


def _print_leaks(console: Console, found: Sequence[Leaks], tz: ZoneInfo) -> None:
    from earnest.cli.tables import escape, money, print_table
    from earnest.kernel.estimate import Estimate

    for one in found:
        told = one.figures.redemptions
        words = f"{told.inside:,} of the audience, {count(told.outside, 'other')}, {count(told.unknown, 'order')} by whom unknown"
        told_apart = isinstance(one.figures.outside_share, Estimate) or not told.counted
        verdict = "LEAKED" if one.figures.leaked else "no leak found" if told_apart else "nobody can tell"
        share = _share(one.figures.outside_share)
        console.print(escape(f"{one.figures.coupon.id}: {verdict}. {words}; share of others {share}"), soft_wrap=True)
        if one.orders:
            rows = [
                (_time(row.ordered_us, tz), row.order or "–", row.shown or "–", row.code, money(row.net), "first ever" if row.first_ever else "")
                for row in one.orders
            ]  # fmt: skip
            print_table(console, (f"at ({tz.key})", "order", "who", "code", "net", ""), rows, numbers=(4,))
    _print_findings(console, [one.figures for one in found])


def _print_findings(console: Console, found: Sequence[CouponFigures]) -> None:
    for finding in (finding for one in found for finding in one.findings):
        console.print(f"{finding.code}: {finding.message}.", markup=False, soft_wrap=True)
        console.print(f"  remedy: {finding.remedy}", markup=False, soft_wrap=True)


def _share(figure: Figure) -> str:
    from earnest.cli.tables import share
    from earnest.kernel.estimate import Estimate

    if not isinstance(figure, Estimate):
        return f"n/a: {figure.reason}. {figure.remedy}"
    assert figure.low is not None
    assert figure.high is not None
    return f"{share(figure.value)} ({share(figure.low)} to {share(figure.high)}) of {figure.n:,}"


def _valid(found: CouponFigures) -> str:
    since, last = found.coupon.valid_from, found.coupon.last_valid_day
    stray = f"; {count(found.redemptions.out_of_time, 'order')} on other days" if found.redemptions.out_of_time else ""
    if since is last is None:
        return "always"
    return f"{since or 'ever'} to {last or 'ever'}{stray}"


def _time(us: int | None, tz: ZoneInfo) -> str:
    from earnest.cli.times import local_time

    return local_time(us, tz) if us is not None else "–"


COMMANDS = {"coupon": group}

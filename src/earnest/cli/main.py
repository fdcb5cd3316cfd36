"""`earnest`: nouns and verbs. Commands are imported when they are called, so that --help stays quick.

Exit codes: 0 done · 1 failed · 2 wrong use · 3 data refused · 4 threshold not met · 5 not found · 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from earnest import __version__
from earnest.cli.output import fail, wants_json
from earnest.kernel.errors import EarnestError, EnvironmentProblem

_NOUNS = {
    "init": ("workspace", "Create a workspace."),
    "demo": ("demo", "See the whole path on a simulated shop."),
    "import": ("imports", "Import files: run, check, fields, list, undo, quarantine."),
    "quarantine": ("quarantine", "What was received and could not be read."),
    "setting": ("setting", "Dated settings: margin, look-back windows."),
    "campaign": ("campaign", "Campaigns: add, list, show, check their tracking, lint their plan."),
    "goal": ("goal", "Goals of campaigns: set, list, check, withdraw."),
    "experiment": ("experiment", "Experiments: plan, add, list, show, read, analyze."),
    "segment": ("segment", "Segments: add, list, show."),
    "link": ("link", "Links that count clicks: allow, create, codes, qr, check."),
    "session": ("session", "Visits to your site: list, summary."),
    "click": ("click", "Clicks: list, raw and clean, by class and reason."),
    "survey": ("survey", "Surveys: add, list, show, invite, answers, tag, disable."),
    "coupon": ("coupon", "Coupons: add, mint, import, list, show, leaks."),
    "review": ("review", "Reviews: list, summary, sales of items with and without them."),
    "cost": ("cost", "Cost ledger: add, reverse, list, allocate, estimate."),
    "fx": ("fx", "Exchange rates: set, import, list, convert."),
    "rates": ("rates", "Rate cards: show, list, check, diff, import."),
    "account": ("account", "Billed accounts: zone, currency, portfolio."),
    "message": ("message", "One message: its life, its charge and why."),
    "contact": ("contact", "One person: identities, links, decisions about them."),
    "quality": ("quality", "Data audit: check, show, list, preview, exclude, include, exclusions, capture."),
    "assumption": ("assumption", "Assumptions: list what is taken on faith, and how much it matters."),
    "kpi": ("kpi", "KPIs: list, show, dimensions, explain."),
    "benchmark": ("benchmark", "Benchmarks: list, usable, position, add, import, withdraw."),
    "channel": ("channel", "Channels: compare them under the same definitions."),
    "trend": ("trend", "Trends: alerts, show."),
    "preference": ("preference", "Preferences: show what does better by hour, weekday, template, segment, channel."),
    "fatigue": ("fatigue", "Fatigue: show answers by how often people were messaged."),
    "optout": ("optout", "Opt-outs: price, bill."),
    "next": ("next", "Next steps: list, ranked by value at stake."),
    "attribution": ("attribution", "Attribution: analyze, compare, presets, claim, sensitivity, overlap, explain."),
    "roi": ("roi", "Return: calculate from figures, show for a campaign."),
    "profit": ("profit", "Profit statement, month by month."),
    "report": ("report", "Reports: build, declare, comment, freeze, share, explain, compare, prove."),
    "number": ("number", "Phone numbers: check a list before it is messaged."),
    "sms": ("sms", "SMS: parts a text is billed as."),
    "serve": ("serve", "Receive webhooks and events, and keep the tables up to them."),
    "source": ("source", "Sources of webhooks: add, list, show, remove, preview, map."),
    "user": ("user", "Users of the server: add, list, role, password, disable, enable."),
    "key": ("key", "API keys: create, list, revoke."),
    "build": ("workspace", "Bring the tables up to date."),
    "verify": ("workspace", "Check the journal's chain and the stored files."),
    "export": ("workspace", "Write a table as CSV, JSON Lines or Parquet."),
    "doctor": ("doctor", "Look for what is known to go wrong: check, gaps."),
    "backup": ("backup", "Backups: create, list, verify, restore."),
}


class _Lazy(click.Group):
    """A group that imports a noun's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _NOUNS:
            return None
        module = importlib.import_module(f"earnest.cli.commands.{_NOUNS[cmd_name][0]}")
        command: click.Command = module.COMMANDS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in _NOUNS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _NOUNS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], _NOUNS, n=1)
            suggestion = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"No such command '{args[0]}'.{suggestion}")
        return super().resolve_command(ctx, args)


@click.command(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong use, 3 data refused, 4 threshold not met, 5 not found, 130 interrupted.",
)
@click.version_option(__version__, prog_name="earnest")
def cli() -> None:
    """Honest accounting for messaging: what it cost, what it earned, and whether that is proven.

    Start with `earnest demo`, or `earnest init DIR --currency EUR --timezone Europe/Berlin`.
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:] if args is None else args
    as_json = wants_json(arguments)
    try:
        result: Any = cli.main(args=arguments, prog_name="earnest", standalone_mode=False)
        code = result if isinstance(result, int) else 0
        sys.stdout.flush()
    except click.ClickException as error:
        code = _usage(error, as_json=as_json)
    except (click.Abort, KeyboardInterrupt):
        code = _interrupted()
    except EarnestError as error:
        code = fail(error, as_json=as_json)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  (Python flushes stdout at exit)
        code = 0
    except Exception as error:
        if str(error) == "Query interrupted":  # what DuckDB makes of Ctrl-C
            code = _interrupted()
        elif os.environ.get("EARNEST_DEBUG"):
            raise
        else:
            code = fail(_unforeseen(error), as_json=as_json)
    sys.exit(code)


def _interrupted() -> int:
    click.echo("Interrupted: the workspace is as it was before the step under way.", err=True)
    return 130


def _unforeseen(error: Exception) -> EarnestError:
    """What no use case has put into words: the machine's refusals, and faults of Earnest."""
    if isinstance(error, OSError):
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return EnvironmentProblem("machine", what, hint="Check the path, its permissions and the space left.")
    import duckdb

    said = str(error).split("\n", maxsplit=1)[0]
    if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
        hint = "Check the space left on the disk, and the memory. `earnest build --full` makes damaged tables anew."
        return EnvironmentProblem("machine", said, hint=hint)
    return EarnestError(
        "unexpected",
        f"{type(error).__name__}: {said}",
        hint="This is a fault of Earnest. EARNEST_DEBUG=1 shows where; please report it.",
    )


def _usage(error: click.ClickException, *, as_json: bool) -> int:
    if isinstance(error, click.NoSuchOption) and error.option_name.lstrip("-")[:1].isdecimal():
        what = (
            f"'{error.option_name}' was read as an option, as it begins with '-'. Write such a number last, after '--'."
        )
        error = click.UsageError(what, ctx=error.ctx)
    if not as_json:
        error.show()
        return 2
    from earnest.kernel.errors import UsageError

    return fail(UsageError("usage", error.format_message(), hint="See --help."), as_json=True)

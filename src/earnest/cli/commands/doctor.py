"""earnest doctor, and earnest doctor gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.doctor import Diagnosis
    from earnest.usecases.gaps import SourceSilence, UnansweredSends


class _CheckFirst(click.Group):
    """A group that checks where no verb is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["check", *args])


@click.group(name="doctor", cls=_CheckFirst)
def group() -> None:
    """Look for what is known to go wrong. Without a verb: check."""


@group.command()
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too.")
@click.option(
    "--listen", metavar="HOST", default=None, help="Address that the server listens on, to check who may come in there."
)
@shared
def check(out: Output, strict: bool, *, listen: str | None) -> int:
    """Check machine, files, sources, access and backups.

    The same as `earnest doctor`. Run it as the user and with the environment of the server. It repairs nothing. Exit 1 if
    anything failed.
    """
    from earnest.usecases.doctor import diagnose

    diagnosis = diagnose(out.workspace(), listen=listen)
    out.data(diagnosis.to_json(), lambda c: _print(c, diagnosis))
    for one in diagnosis.skipped:
        out.note(f"not checked: {one.code}, because {one.reason}")
    return 0 if diagnosis.healthy(strict=strict) else 1


@group.command()
@shared
def gaps(out: Output) -> None:
    """List silent sources, and sends nothing was heard of.

    A source is silent if that is longer than at 99 % of the moments of its last 30 days. A message is unanswered if 24 hours
    after the send it is neither delivered, read nor failed; a few per cent are usual, as phones are off.
    """
    from earnest.definitions.source import built_in
    from earnest.usecases.gaps import judged_sends, silent_sources, unanswered_sends
    from earnest.usecases.tables import open_tables

    workspace = out.workspace()
    now_us = workspace.clock()
    heard = silent_sources(workspace.path / "journal.db", workspace.state().sources, now_us=now_us)
    silences = [one for one in heard if built_in(one.source) is None]  # nobody delivers what Earnest tells itself
    with out.progress() as progress, open_tables(workspace, progress=progress) as tables:
        sends, judged = unanswered_sends(tables, now_us=now_us), judged_sends(tables, now_us=now_us)
    data = {
        "sources": [one.to_json() for one in silences],
        "judged": judged,
        "unanswered": [one.to_json() for one in sends],
    }
    out.data(data, lambda c: _print_gaps(c, silences, sends, judged=judged))


def _print(console: Console, diagnosis: Diagnosis) -> None:
    for one in diagnosis.found:
        console.print(f"{one.level.upper()} {one.code}: {one.what}", markup=False, soft_wrap=True)
        console.print(f"  {one.why}", markup=False, soft_wrap=True)
        console.print(f"  remedy: {one.remedy}", markup=False, soft_wrap=True)
    failed = sum(one.level == "failed" for one in diagnosis.found)
    words = f"{diagnosis.checked} checks: {failed} failed, {len(diagnosis.found) - failed} warned"
    console.print(words if diagnosis.found else f"{diagnosis.checked} checks: all well", markup=False)


def _print_gaps(console: Console, silences: list[SourceSilence], sends: list[UnansweredSends], *, judged: int) -> None:
    from earnest.cli.tables import print_table, share
    from earnest.usecases.gaps import duration

    words = {"usual": "as usual", "silent": "SILENT", "too-few": "too few to say", "never": "nothing ever came"}
    if not silences:
        console.print("no source is declared, and nothing was ever received", markup=False)
    else:
        rows = [
            (
                one.source,
                f"{one.rhythm.arrivals:,}",
                duration(one.silent_us) if one.silent_us is not None else "–",
                duration(one.rhythm.silence_p99_us) if one.rhythm.silence_p99_us is not None else "–",
                words[one.standing],
            )
            for one in silences
        ]
        print_table(console, ("source", "in 30 days", "silent for", "usual, p99", ""), rows, numbers=(1, 2, 3))
    if not sends:
        heard = f"of all {judged:,} messages of the last 30 days that are 24 hours old something was heard: delivered, read or failed"
        console.print(
            heard if judged else "no message of the last 30 days is 24 hours old: nothing to judge yet", markup=False
        )
        return
    days = [
        (one.day, one.channel or "–", one.account or "–", f"{one.sent:,}", f"{one.unanswered:,}", share(one.share), f"{one.without_status:,}")
        for one in sends
    ]  # fmt: skip
    headers = ("sent on", "channel", "account", "sent", "unanswered", "share", "no status")
    print_table(console, headers, days, numbers=(3, 4, 5, 6))


COMMANDS = {"doctor": group}

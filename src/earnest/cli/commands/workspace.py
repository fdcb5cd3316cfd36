"""earnest init, build, verify, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from earnest.cli.output import Output, shared
from earnest.kernel.errors import UsageError

if TYPE_CHECKING:
    from earnest.usecases.workspace import Workspace


@click.command()
@click.argument("folder_to_create", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--currency", required=True, help="ISO 4217 code of all amounts, for example EUR. It never changes.")
@click.option(
    "--timezone", required=True, help="IANA zone of business days, for example Europe/Berlin. It never changes."
)
@shared
def init(out: Output, folder_to_create: Path, currency: str, timezone: str) -> None:
    """Create a workspace in DIR: one brand's journal, files and tables."""
    from earnest.usecases.workspace import init as create

    workspace = create(folder_to_create, currency=currency, timezone=timezone)
    data = {"workspace": str(workspace.path), "currency": currency, "timezone": timezone}
    out.data(data, lambda c: c.print(f"Created {workspace.path} ({currency}, {timezone}).", markup=False))
    out.next(f"earnest import run messages.csv --as messages --workspace {workspace.path}")


@click.command()
@click.option("--full", is_flag=True, help="Rebuild everything from the segments.")
@click.option("--follow", is_flag=True, help="Stay, and build whenever something was received or declared.")
@click.option("--check", is_flag=True, help="Also rebuild from scratch beside it, here, and compare the two.")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    help="duckdb (default) builds here; spark builds everything on the server that --remote names.",
)
@click.option(
    "--remote",
    metavar="sc://HOST:PORT",
    envvar="EARNEST_SPARK_REMOTE",
    help="Spark Connect server for --engine spark (or EARNEST_SPARK_REMOTE); it must see the workspace under the same path.",
)
@shared
def build(out: Output, full: bool, check: bool, *, follow: bool, engine: str, remote: str | None) -> int:
    """Bring the tables up to date with the journal."""
    from earnest.usecases.rebuild import rebuild

    server = _server(engine, remote)
    workspace = out.workspace()
    if follow:
        if full or check or server:
            raise UsageError("follow-alone", "--follow builds here, bit by bit", hint="Leave the other options out.")
        return _follow(out, workspace)
    with out.progress() as progress:
        result = rebuild(workspace, full=full, check=check, remote=server, progress=progress)
    lines = [f"generation {result.generation}, {result.rows:,} rows in {len(result.tables)} tables"]
    if result.differing is not None:
        lines.append(
            "equal to a full rebuild"
            if not result.differing
            else f"DIFFERS from a full rebuild: {', '.join(result.differing)}"
        )
    out.data(result.to_json(), lambda c: c.print("\n".join(lines), markup=False))
    return 1 if result.differing else 0


def _follow(out: Output, workspace: Workspace) -> int:
    """Build until a signal says stop; one line a round."""
    import signal
    import threading

    from earnest.usecases.follow import follow
    from earnest.usecases.heartbeat import Heartbeat

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())

    def say(beat: Heartbeat) -> None:
        told = f"failed: {beat.error}" if beat.error else f"up to entry {beat.read_seq:,}"
        out.step(f"{told} ({beat.seconds:.2f} s)")

    follow(workspace, stop=stopped.is_set, say=say)
    return 0


def _server(engine: str, remote: str | None) -> str | None:
    """The Spark server to build on; None builds here."""
    if engine == "spark" and not remote:
        raise UsageError(
            "remote-missing",
            "--engine spark builds on a Spark Connect server, and none is named",
            hint="Add --remote sc://HOST:PORT, or set EARNEST_SPARK_REMOTE.",
        )
    named = click.get_current_context().get_parameter_source("remote") is ParameterSource.COMMANDLINE
    if engine == "duckdb" and named:
        raise UsageError(
            "remote-without-spark",
            "--remote names a Spark Connect server, but --engine duckdb builds here",
            hint="Add --engine spark, or leave --remote out.",
        )
    return remote if engine == "spark" else None


@click.command()
@shared
def verify(out: Output) -> int:
    """Check the journal's hash chain and every stored file against its hash."""
    from earnest.usecases.rebuild import verify_workspace

    report = verify_workspace(out.workspace())
    words = "intact" if report.intact else "DAMAGED: " + "; ".join(report.problems)
    out.data(
        report.to_json(),
        lambda c: c.print(f"{report.entries:,} journal entries, {report.files} files: {words}", markup=False),
    )
    return 0 if report.intact else 1


@click.command()
@click.argument("table")
@click.option("--format", "file_format", type=click.Choice(["csv", "jsonl", "parquet"]), default="csv")
@click.option("--out", "target", type=click.Path(path_type=Path), required=True, help="File to write.")
@shared
def export(out: Output, table: str, file_format: str, target: Path) -> None:
    """Write a TABLE (message, conversion, credit, …) to a file."""
    from earnest.usecases.rebuild import export_table

    rows = export_table(out.workspace(), table, target, file_format=file_format)
    out.data(
        {"table": table, "file": str(target), "rows": rows},
        lambda c: c.print(f"{rows:,} rows of {table} → {target}", markup=False),
    )


COMMANDS = {"init": init, "build": build, "verify": verify, "export": export}

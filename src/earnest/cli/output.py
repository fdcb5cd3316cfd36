"""What commands print: one JSON object or words on stdout; progress, notes and the next command on stderr."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from earnest.kernel.errors import Conflict, DataRefused, EarnestError, EnvironmentProblem, NotFound, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.workspace import Workspace

SCHEMA_VERSION = 1
EXIT_CODES: tuple[tuple[type[EarnestError], int], ...] = (
    (UsageError, 2),
    (DataRefused, 3),
    (NotFound, 5),
    (Conflict, 1),
    (EnvironmentProblem, 1),
    (EarnestError, 1),
)
"""One mapping of the error tree to exit codes; the first class that fits, but for names that are not there."""
UNKNOWN_NAME, NOT_FOUND = "no-such-", 5
"""How the codes of unknown names begin, and their exit code: in a terminal it makes no difference whether a command is about what was
named, or it stands in what a command tells (which the HTTP door takes for a bad request)."""

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Output:
    """Where and how a command answers."""

    as_json: bool
    quiet: bool
    color: str
    folder: Path
    named_folder: str = ""
    warnings: list[str] = field(default_factory=list)

    def workspace(self) -> Workspace:
        """Open the workspace asked for."""
        from earnest.usecases.workspace import open_workspace

        return open_workspace(self.folder)

    def workspace_if_any(self) -> Workspace | None:
        """The workspace, or None where none was named and there is none here.

        Raises:
            NotFound: the one named, by option or by EARNEST_WORKSPACE, does not exist.
        """
        try:
            return self.workspace()
        except NotFound:
            if self.named_folder or self.folder != Path():
                raise
            return None

    def console(self, *, err: bool = False) -> Console:
        """A Rich console on stdout or stderr; colour only where it is wanted.

        As wide as the terminal; without one lines are never wrapped, unless COLUMNS tells a width.
        """
        from rich.console import Console

        stream = sys.stderr if err else sys.stdout
        forced = {"always": True, "never": False}.get(self.color)
        plain = {"always": False, "never": True}.get(self.color)  # None: as NO_COLOR says
        console = Console(
            file=stream,
            force_terminal=forced,
            no_color=plain,
            width=None if stream.isatty() else _columns(),
            highlight=False,
            soft_wrap=False,
        )
        console.on_broken_pipe = _pipe_closed  # type: ignore[method-assign]  # Rich would exit with 1
        return console

    def note(self, text: str) -> None:
        """Something to know, on stderr (and among the warnings in JSON)."""
        self.warnings.append(text)
        if not self.quiet and not self.as_json:
            click.echo(f"note: {printable(text)}", err=True)

    def step(self, text: str) -> None:
        """One step of work that goes on, on stderr."""
        if not self.quiet:
            click.echo(printable(text), err=True)

    def next(self, command: str) -> None:
        """The next useful command, on stderr, in the workspace that was named."""
        if not self.quiet and not self.as_json:
            place = self.named_folder if command.startswith("earnest ") and "--workspace" not in command else ""
            click.echo(f"next: {printable(command + place)}", err=True)

    def data(self, data: Any, render: Callable[[Console], None]) -> None:
        """Answer: one JSON object, or words."""
        if self.as_json:
            body = {"schema_version": SCHEMA_VERSION, "data": data, "warnings": self.warnings}
            click.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))
        else:
            render(self.console())

    @contextlib.contextmanager
    def progress(self) -> Iterator[Callable[[str, int, int], None]]:
        """A progress callback: a bar if stderr is a terminal, else one line a step, nothing if quiet."""
        if self.quiet:
            yield lambda _what, _done, _of: None
        elif not sys.stderr.isatty():
            yield _lines()
        else:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            with Progress(
                TextColumn("{task.description:<28}"),
                BarColumn(),
                TimeElapsedColumn(),
                console=self.console(err=True),
                transient=True,
            ) as bar:
                task = bar.add_task("starting", total=None)
                yield lambda what, done, of: bar.update(task, description=_plain(what)[:28], completed=done, total=of)


def _pipe_closed() -> None:
    """Whoever read has read enough: `main` ends quietly."""
    raise BrokenPipeError


def _columns() -> int:
    """Width of what is piped or written into a file: COLUMNS, else without end."""
    told = os.environ.get("COLUMNS", "")
    return int(told) if told.isdecimal() and int(told) else _ENDLESS


_ENDLESS = 1_000_000


def _plain(what: str) -> str:
    """A step in words: names of tables tell nobody anything."""
    return "making the tables" if what.isidentifier() else what


def _lines() -> Callable[[str, int, int], None]:
    """Progress without a terminal: a line when the step changes, and one per 10 % within it."""
    last: list[tuple[str, int]] = [("", -1)]

    def say(what: str, done: int, of: int) -> None:
        tenth = 10 * done // of if of else 0
        words = _plain(what)
        stage = words.split(" ", maxsplit=1)[0]
        if (stage, tenth) != last[0]:
            last[0] = (stage, tenth)
            click.echo(f"{tenth * 10:>3} % {words}", err=True)

    return say


def shared(function: F) -> F:
    """Add the options every command has, and pass them as one `Output` first."""

    @click.option("--workspace", "-w", "folder", envvar="EARNEST_WORKSPACE", default=".", type=click.Path(path_type=Path), metavar="DIR",
                  help="Workspace folder (or EARNEST_WORKSPACE); default: here.")  # fmt: skip
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
    @click.option("--quiet", "-q", is_flag=True, help="No progress, no hints.")
    @click.option(
        "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour on a terminal."
    )
    @functools.wraps(function)
    def wrapper(*args: Any, folder: Path, as_json: bool, quiet: bool, color: str, **kwargs: Any) -> Any:
        source = click.get_current_context().get_parameter_source("folder")
        named = f" --workspace {shlex.quote(str(folder))}" if source is ParameterSource.COMMANDLINE else ""
        return function(Output(as_json, quiet or as_json, color, folder, named), *args, **kwargs)

    return wrapper  # type: ignore[return-value]


def printable(text: str) -> str:
    """Text without control and bidi characters, which could rewrite what a terminal shows."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether --json stands among the arguments, also when they cannot be parsed."""
    return "--json" in arguments


def fail(error: EarnestError, *, as_json: bool) -> int:
    """Print an error on stderr and return its exit code."""
    code = next(code for kind, code in EXIT_CODES if isinstance(error, kind))
    code = NOT_FOUND if error.code.startswith(UNKNOWN_NAME) else code
    if as_json:
        body = {"error": {"code": error.code, "message": error.message, "facts": error.facts, "hint": error.hint}}
        click.echo(json.dumps(body, ensure_ascii=False, default=str), err=True)
    else:
        click.echo(f"error: {printable(error.message)}", err=True)
        if error.hint:
            click.echo(f"hint: {printable(error.hint)}", err=True)
        click.echo(f"code: {error.code}", err=True)
    return code

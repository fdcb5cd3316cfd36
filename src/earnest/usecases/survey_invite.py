"""Invite people to a survey: a round, and in it one code for each recipient, good for one answer.

    parties ─ enrol ─> recipients ─ round of the same survey, name, campaign and messages ─> codes

Inviting again into the same round gives everybody the code he has, and counts nobody twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from earnest.channels.told import Party
from earnest.definitions.link import within_rule
from earnest.definitions.round_recipients import Recipients, runs
from earnest.definitions.state import State
from earnest.definitions.survey import Round
from earnest.kernel.errors import Conflict, UsageError
from earnest.tracking.codes import MOST_NUMBERS, Code, Codec
from earnest.usecases.link_codes import Written, write_rows
from earnest.usecases.links import Issued, known_base
from earnest.usecases.recipients import enrol
from earnest.usecases.surveys import find_survey
from earnest.usecases.tables import quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

PURPOSE = "survey"
PATH = "/q/"
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """What a round is of.

    Args:
        campaign: declared campaign. within: which messages carry the invitation (`template=ask-1`).
        round_name: tells it from other rounds of the survey; default: the business day.
    """

    campaign: str | None = None
    within: str | None = None
    round_name: str | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of everybody, in order. `added` of them were not in the round before."""

    round: Round
    added: int
    invitations: tuple[Issued, ...]


@dataclass(frozen=True, slots=True)
class FileInvited:
    """What became of a file: the round, how many are new to it, and what was written."""

    round: Round
    added: int
    written: Written


def invite(
    workspace: Workspace, name: str, parties: Sequence[Party], ask: Ask | None = None, *, server: str | None = None
) -> Invited:
    """Give everybody a code, or nobody. Durable when it returns; several processes may do it at once.

    Args:
        server: where this server is called from outside, if no setting says it.

    Raises:
        NotFound: `no-such-survey`. UsageError: `survey-closed`, `bad-within`, `no-such-campaign`, `no-more-rounds`.
        DataRefused: `recipients-refused`, see `recipients.enrol`. Conflict: `public-url-missing`, `round-busy`.
    """
    asked = ask or Ask()
    state = workspace.state()
    _check(workspace, state, name, asked)
    base = known_base(workspace, state, server)
    numbers = enrol(workspace, parties)
    round_, added = _enter(workspace, name, asked, numbers)
    codec = Codec(workspace.key(), PURPOSE)
    codes = [codec.write(Code(round_.number, one)) for one in numbers]
    return Invited(round_, added, tuple(Issued(code, f"{base}{PATH}{code}") for code in codes))


def invite_file(
    workspace: Workspace,
    name: str,
    path: Path,
    ask: Ask,
    *,
    out: Path | None = None,
    maps: Sequence[str] = (),
    progress: Progress = quiet,
) -> FileInvited:
    """Invite everybody in a file, and write its rows with `code` and `url`, as `link codes` does.

    Cut short, the same command gives the same codes and completes the round.

    Raises:
        As `invite`, and as `link_codes.write_rows`.
    """
    state = workspace.state()
    _check(workspace, state, name, ask)
    base = known_base(workspace, state)
    round_, _ = _enter(workspace, name, ask, [])
    codec, numbers = Codec(workspace.key(), PURPOSE), set[int]()

    def issue(number: int) -> Issued:
        numbers.add(number)
        code = codec.write(Code(round_.number, number))
        return Issued(code, f"{base}{PATH}{code}")

    written = write_rows(workspace, issue, path, owner=name, out=out, maps=maps, progress=progress)
    round_, added = _enter(workspace, name, replace(ask, round_name=round_.name), sorted(numbers))
    return FileInvited(round_, added, written)


def _check(workspace: Workspace, state: State, name: str, ask: Ask) -> None:
    survey = find_survey(state, name)
    if not survey.open_at(workspace.clock()):
        raise UsageError("survey-closed", f"survey '{name}' takes no answers any more", hint="Declare it again.")
    if ask.within is not None:
        within_rule(ask.within)
    if ask.campaign is not None:
        state.check_campaign(ask.campaign)


def _enter(workspace: Workspace, name: str, ask: Ask, recipients: list[int]) -> tuple[Round, int]:
    """The round with these recipients in it, and how many are new to it."""
    for _ in range(_TRIES):
        state = workspace.state()
        title = ask.round_name or workspace.today(state).isoformat()
        wanted = (name, title, ask.campaign, ask.within)
        round_ = next(
            (one for one in state.rounds.values() if (one.survey, one.name, one.campaign, one.within) == wanted), None
        )
        new = (round_.recipients if round_ else Recipients()).new(recipients)
        if round_ is not None and not new:
            return round_, 0
        number = round_.number if round_ else max(state.rounds, default=0) + 1
        if number >= MOST_NUMBERS:
            raise UsageError(
                "no-more-rounds",
                f"{MOST_NUMBERS - 1:,} rounds are all that codes can tell apart",
                hint="Invite into rounds of a day or a month, not one a person: --round.",
            )
        body: dict[str, Any] = {
            "number": number, "survey": name, "name": title, "campaign": ask.campaign, "within": ask.within,
            "at_us": workspace.clock(), "asked": len(new), "recipients": runs(new),
        }  # fmt: skip
        part = round_.parts if round_ else 0
        try:
            workspace.record("survey.round", body, dedupe_key=f"survey.round:{number}:{part}")
        except Conflict:
            continue  # another process was quicker: look again
        return (round_.and_(body) if round_ else Round.from_json(body)), len(new)
    raise Conflict("round-busy", "many processes invite into this round at once", hint="Try again.")

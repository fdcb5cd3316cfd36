"""Comments on a report as blocks, each behind the section it stands at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from earnest.definitions.report import Comment
from earnest.kernel.period import moment_of, zone
from earnest.reports.blocks import Block, Callout, Said
from earnest.reports.words import Words
from earnest.reports.words.formats import plain

Section = tuple[str, tuple[Block, ...]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A comment with what its line names.

    Args:
        names: campaign → its name, of the report's campaigns. timezone: of the moments.
    """

    comment: Comment
    names: Mapping[str, str]
    timezone: str


def commented(sections: Sequence[Section], comments: Sequence[Placed], words: Words) -> tuple[Block, ...]:
    """The blocks of all sections with the comments among them; a comment whose section is not told stands at the end."""
    slugs = {slug for slug, _ in sections}
    blocks: list[Block] = []
    for slug, own in sections:
        blocks += own
        blocks += [_block(one, words) for one in comments if one.comment.at == slug]
    return (*blocks, *(_block(one, words) for one in comments if one.comment.at not in slugs))


def _block(placed: Placed, words: Words) -> Callout:
    comment = placed.comment
    label = words.say("Comment") if comment.resolved_us is None else words.say("Comment, resolved")
    return Callout("info", label, Said(plain(comment.text)), Said(_who(placed, words)))


def _who(placed: Placed, words: Words) -> str:
    comment = placed.comment
    at = moment_of(comment.edited_us or comment.written_us).astimezone(zone(placed.timezone))
    moment, author = words.formats.instant(at.isoformat(timespec="minutes")), plain(comment.author)
    if comment.campaign is None or len(placed.names) < 2:
        return words.say("%(author)s, %(moment)s", author=author, moment=moment)
    about = plain(placed.names.get(comment.campaign, comment.campaign))
    return words.say("%(author)s on %(campaign)s, %(moment)s", author=author, campaign=about, moment=moment)

"""What became of the messages that failed: reasons in plain words, largest first, titled by the largest."""

from __future__ import annotations

from earnest.charts.funnel import FunnelBar, FunnelChart
from earnest.charts.table import DataTable
from earnest.reports.blocks import Block, Chart
from earnest.reports.words import Words, terms
from earnest.reports.words.formats import plain
from earnest.verdict.story import CampaignStory, FailureLine

DASH = "–"
MOST_BARS, MOST_CODES = 8, 3
CHOSEN_BY_META = ("capped_by_meta", "hidden_experiment")


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The bars, or nothing where no message failed."""
    lines = sorted((line for line in story.failures if line.messages > 0), key=lambda line: -line.messages)
    if not lines:
        return ()
    subtitle = words.say("Messages that failed and never arrived, by reason; shares are of those sent")
    header = (words.say("Reason"), words.say("Messages"), words.say("Of those sent"), words.say("Code"))
    rows = tuple(
        (_name(line, words), words.formats.count(line.messages), _share(line, words) or DASH, _codes(line) or DASH)
        for line in lines
    )
    drawing = FunnelChart(
        subtitle, _bars(lines, words), DataTable(words.say("Show as table"), header, rows), "", "lost"
    )
    return (Chart(_finding(lines, words), subtitle, drawing, _note(lines, words)),)


def _bars(lines: list[FailureLine], words: Words) -> tuple[FunnelBar, ...]:
    """One bar a reason; from the ninth reason on they share the last bar."""
    shown = lines if len(lines) <= MOST_BARS else lines[: MOST_BARS - 1]
    rest = lines[len(shown) :]
    bars = [_bar(line, _name(line, words), words) for line in shown]
    if rest:
        known = [line.share for line in rest if line.share is not None]
        messages, share = sum(line.messages for line in rest), sum(known) if len(known) == len(rest) else None
        name = words.count("%(n)s other reason", "%(n)s other reasons", len(rest))
        bars.append(_bar(FailureLine("", messages, share, ()), name, words))
    return tuple(bars)


def _bar(line: FailureLine, name: str, words: Words) -> FunnelBar:
    share, codes = _share(line, words), _codes(line)
    return FunnelBar(
        name,
        line.messages,
        words.formats.count(line.messages),
        words.say("%(share)s of those sent", share=share) if share else None,
        words.count("code %(codes)s", "codes %(codes)s", len(line.codes), codes=codes) if codes else None,
    )


def _name(line: FailureLine, words: Words) -> str:
    name = terms.failure(line.failure_class, words)
    return name[:1].upper() + name[1:]


def _share(line: FailureLine, words: Words) -> str | None:
    return None if line.share is None else words.formats.share(line.share)


def _codes(line: FailureLine) -> str:
    """The provider's codes, most frequent first."""
    more = ", …" if len(line.codes) > MOST_CODES else ""
    return ", ".join(plain(code) for code in line.codes[:MOST_CODES]) + more


def _finding(lines: list[FailureLine], words: Words) -> str:
    total, largest = sum(line.messages for line in lines), lines[0]
    reason, n = terms.failure(largest.failure_class, words), words.formats.count(total)
    if len(lines) == 1:
        return words.say("All failures are %(reason)s (%(n)s)", reason=reason, n=n)
    share = words.formats.part(largest.messages / total)
    if 2 * largest.messages > total:
        return words.say("Most failures are %(reason)s (%(share)s of %(n)s)", reason=reason, share=share, n=n)
    return words.say("The commonest failures are %(reason)s (%(share)s of %(n)s)", reason=reason, share=share, n=n)


def _note(lines: list[FailureLine], words: Words) -> str | None:
    """Whom Meta holds back is not left to chance, so those reached are not comparable."""
    if not any(line.failure_class in CHOSEN_BY_META for line in lines):
        return None
    return words.say("Meta chose whom to hold back, so compare everybody assigned, not everybody reached.")

"""The signature chart of a story: what was measured and what attribution would claim, on one axis."""

from __future__ import annotations

from earnest.charts.interval_rows import Band, IntervalChart, IntervalLine
from earnest.charts.table import DataTable
from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Chart
from earnest.reports.words import Words, terms
from earnest.verdict.story import CampaignStory, IntervalRow
from earnest.verdict.verdict import Verdict

DASH = "–"


def chart(story: CampaignStory, words: Words) -> Chart | None:
    """The chart, or None where the story has nothing to draw."""
    if not story.interval_rows:
        return None
    one = words.formats.money(1, story.currency)
    subtitle = words.say("Gross profit returned per %(one)s spent", one=one)
    drawn = tuple(_line(row, story, words) for row in story.interval_rows)
    drawing = IntervalChart(
        title=_spoken(story, words, subtitle),
        rows=drawn,
        break_even=1.0,
        break_even_word=words.say("break-even"),
        tick_text=lambda value: words.formats.tick(value, story.currency),
        data=_table(story, words),
        note=_note(story, words),
    )
    return Chart(_finding(story, words), subtitle, drawing)


def claimed(story: CampaignStory, words: Words) -> tuple[str, ...]:
    """What attribution would claim, as a sentence: one figure, or the ends over several rules."""
    values = [figure.value for figure in story.claimed_returns.values() if isinstance(figure, Estimate)]
    if not values:
        return ()
    one = words.formats.money(1, story.currency)
    low, high = (words.formats.per_one(value, story.currency) for value in (min(values), max(values)))
    if low == high:
        return (words.say("Attribution would claim %(high)s for every %(one)s spent.", high=high, one=one),)
    return (
        words.say(
            "Depending on the rule, attribution would claim %(low)s to %(high)s for every %(one)s spent.",
            low=low,
            high=high,
            one=one,
        ),
    )


def _finding(story: CampaignStory, words: Words) -> str:
    findings = {
        Verdict.PROVEN_GAIN: words.say("The whole interval is above break-even"),
        Verdict.PROVEN_LOSS: words.say("The whole interval is below break-even"),
        Verdict.NO_HOLDOUT: words.say("What attribution would claim, with no proof behind it"),
    }
    if story.verdict is Verdict.INCONCLUSIVE:
        if story.running:
            return words.say("The range so far, still moving")
        return words.say("Break-even lies inside the interval")
    return findings.get(story.verdict, words.say("Return per unit of money spent"))


def _note(story: CampaignStory, words: Words) -> str:
    measured = [row for row in story.interval_rows if row.label == "measured" and row.bands]
    claims = any(row.label == "claim" for row in story.interval_rows)
    if not measured:
        return words.say("Diamond: not causal, shown for reference.")
    levels = words.formats.together([words.formats.level(level) for level in sorted(measured[0].bands)])
    if claims:
        return words.say("Bars: %(levels)s intervals. Diamond: not causal, shown for reference.", levels=levels)
    return words.say("Bars: %(levels)s intervals.", levels=levels)


def _line(row: IntervalRow, story: CampaignStory, words: Words) -> IntervalLine:
    bands = tuple(Band(level, low, high) for level, (low, high) in row.bands.items())
    if row.label == "claim":
        label = words.say("%(model)s would claim", model=terms.model(row.detail, words))
        return IntervalLine(label, _text(row, story, words), row.value, bands, claim=True)
    label = words.say("Measured so far") if story.running else words.say("Measured against the hold-out")
    shown = None if story.verdict is Verdict.INCONCLUSIVE else row.value
    return IntervalLine(label, _text(row, story, words), shown, bands)


def _text(row: IntervalRow, story: CampaignStory, words: Words) -> str:
    hidden = story.verdict is Verdict.INCONCLUSIVE and row.label != "claim"
    if row.value is not None and not hidden:
        return words.formats.per_one(row.value, story.currency)
    if not row.bands:
        return words.say("n/a")
    return _range(row.bands[max(row.bands)], story, words)


def _range(ends: tuple[float, float], story: CampaignStory, words: Words) -> str:
    low, high = (words.formats.per_one(end, story.currency) for end in ends)
    return words.say("%(low)s to %(high)s", low=low, high=high)


def _table(story: CampaignStory, words: Words) -> DataTable:
    levels = sorted({level for row in story.interval_rows for level in row.bands})
    columns = [words.say("%(level)s interval", level=words.formats.level(level)) for level in levels]
    rows = []
    for row in story.interval_rows:
        line = _line(row, story, words)
        point = DASH if line.value is None else line.text
        ranges = [_range(row.bands[level], story, words) if level in row.bands else DASH for level in levels]
        rows.append((line.label, point, *ranges))
    header = (words.say("Measure"), words.say("Per unit spent"), *columns)
    return DataTable(words.say("Show as table"), header, tuple(rows))


def _spoken(story: CampaignStory, words: Words, subtitle: str) -> str:
    """What the drawing shows, for those who hear it."""
    said = [f"{line.label}: {line.text}" for line in (_line(row, story, words) for row in story.interval_rows)]
    return words.say("%(subtitle)s. %(rows)s. Break-even is at 1.", subtitle=subtitle, rows="; ".join(said))

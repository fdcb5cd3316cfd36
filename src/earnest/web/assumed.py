"""Assumptions on a page: what each is and who says so; and each verdict with one of them wrong, on one shared axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from earnest.charts import mini_interval
from earnest.charts.interval_rows import Band, IntervalLine
from earnest.charts.scale import Scale
from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Chip, Fact, Said, Verdict
from earnest.reports.words import Words
from earnest.reports.words.formats import plain
from earnest.usecases.assumptions import Assumption, Assumptions
from earnest.usecases.sensitivity import RELATIVE, UNEVEN, Assumed, Bands, Case, Moves, Turn
from earnest.web.desk import Desk
from earnest.web.figures import verdict_word
from earnest.web.page import Cell, Column, Listing


def answer(found: Assumptions, words: Words) -> Verdict:
    """How many verdicts stand if any one assumption is wrong."""
    say, form = words.say, words.formats
    settled = [one for one in found.moves if not one.running]
    shaken = [one for one in settled if one.shaken]
    share, uneven = form.percent(RELATIVE, 0), form.percent(UNEVEN, 0)
    facts = (
        Fact(say("Verdicts by an interval of money"), form.count(len(settled))),
        Fact(say("Stand"), form.count(len(settled) - len(shaken)), say("whichever one assumption is wrong"), "pos"),
        Fact(say("Would change"), form.count(len(shaken)), None, "neg" if shaken else "plain"),
    )
    told = say(
        "Tried one at a time: gross margin, orders counted and assumed cost %(share)s lower and higher, and %(uneven)s of one group's orders missing.",
        share=share,
        uneven=uneven,
    )
    names = form.together([plain(one.name) for one in shaken])
    more = (say("It would for: %(names)s.", names=names),) if shaken else ()
    state = "none" if not settled else "open" if shaken else "gain"
    return Verdict(state, say("Taken on faith"), _headline(len(settled), len(shaken), words), (told, *more), facts, ())


def _headline(settled: int, shaken: int, words: Words) -> str:
    if not settled:
        return words.say("No verdict rests on an interval of money yet.")
    if not shaken:
        return words.say("No verdict hangs on a single assumption.")
    return words.count(
        "%(n)s verdict would be another if one assumption were wrong.",
        "%(n)s verdicts would be others if one assumption were wrong.",
        shaken,
    )


def believed(desk: Desk, found: Assumptions) -> Listing:
    """Every assumption: value, since when, who says so, what it touches, which campaigns rest on it."""
    words = desk.words
    columns = (
        Column(words.say("Assumption")),
        Column(words.say("Value"), "num"),
        Column(words.say("Since"), wide=True),
        Column(words.say("Who says so"), wide=True),
        Column(words.say("Touches"), wide=True),
        Column(words.say("Campaigns"), "num", wide=True),
    )
    unsaid = sum(one.default for one in found.believed)
    title = words.count("%(n)s of them nobody has set", "%(n)s of them nobody has set", unsaid)
    if not unsaid:
        title = words.say("Somebody has set every one of them")
    subtitle = words.say("What the figures rest on beside the data")
    return Listing(title, subtitle, columns, tuple(_believed(one, words) for one in found.believed))


def _believed(one: Assumption, words: Words) -> tuple[Cell, ...]:
    touched = touches(one.touches, words)
    since = words.formats.day(one.since.isoformat()) if one.since else words.say("always")
    return (
        Cell(name(one.code, words), detail=_meaning(one, words), narrow=(touched,)),
        Cell(value(one, words), tone="none" if one.value is None else "plain"),
        Cell(since),
        _source(one, words),
        Cell(chips=(touched,)),
        _campaigns(one, words),
    )


def _meaning(one: Assumption, words: Words) -> Said | None:
    """What the name alone does not say."""
    said = {
        "order-capture": words.say("or as large a share of both groups' orders is missing"),
        "assumed-cost": words.say("lines of cost that are on no bill"),
        "lookback_delivered_hours": words.say("0: a mere delivery earns no credit"),
    }
    return Said(said[one.code]) if one.code in said else None


def name(code: str, words: Words) -> str:
    """An assumption by its code."""
    known = {
        "margin": words.say("Gross margin"),
        "order-capture": words.say("All orders are here"),
        "order-capture-uneven": words.say("Both groups' orders are as complete"),
        "assumed-cost": words.say("Estimated cost"),
        "level": words.say("Level of the intervals"),
        "lookback_reply_days": words.say("A reply is credited for"),
        "lookback_click_days": words.say("A click is credited for"),
        "lookback_read_hours": words.say("A read is credited for"),
        "lookback_delivered_hours": words.say("A delivery is credited for"),
        "fx_days": words.say("An exchange rate holds for"),
        "opt_out_horizon_days": words.say("An opt-out is priced over"),
        "region": words.say("Numbers without a country code are from"),
    }
    return known.get(code, plain(code))


def value(one: Assumption, words: Words) -> str:
    """Its value in its unit."""
    form = words.formats
    if one.value is None:
        return words.say("not told")
    if one.unit == "share":
        return form.level(float(one.value))
    if one.unit == "code":
        return form.country(one.value) or plain(one.value)
    if one.unit in ("days", "hours"):
        number = float(one.value)
        if number != int(number):
            return f"{form.decimal(number, 1)} {plain(one.unit)}"
        many = int(number)
        return (
            words.count("%(n)s day", "%(n)s days", many)
            if one.unit == "days"
            else words.count("%(n)s hour", "%(n)s hours", many)
        )
    return form.money(float(one.value), one.unit)


def touches(code: str, words: Words) -> Chip:
    """What would be wrong with it."""
    known = {
        "verdicts": Chip(words.label("touches", "verdicts"), "warn"),
        "intervals": Chip(words.label("touches", "intervals"), "info"),
        "attributed": Chip(words.label("touches", "attributed figures"), "attr"),
        "costs": Chip(words.label("touches", "costs")),
        "opt-outs": Chip(words.label("touches", "opt-outs")),
        "matching": Chip(words.label("touches", "matching")),
    }
    return known[code]


def _source(one: Assumption, words: Words) -> Cell:
    """The journal's entry where somebody said it; the reason where nobody did."""
    if one.entry is not None:
        text = words.say("journal entry %(n)s", n=str(one.entry))
        day = words.formats.day(one.said_at) if one.said_at else ""
        return Cell(text, detail=Said(words.say("%(day)s, by %(who)s", day=day, who=plain(one.said_by or ""))))
    if one.default:
        return Cell(words.say("nobody"), tone="none", detail=Said(plain(one.source), words.foreign))
    return Cell(plain(one.source))


def _campaigns(one: Assumption, words: Words) -> Cell:
    if not one.campaigns:
        return Cell("–", tone="none", title=words.say("No campaign's figures rest on it now."))
    shown = ", ".join(plain(name) for name in one.campaigns[:2])
    rest = len(one.campaigns) - 2
    more = words.count("and %(n)s more", "and %(n)s more", rest) if rest > 0 else ""
    return Cell(words.formats.count(len(one.campaigns)), detail=Said(f"{shown} {more}".strip()))


def moved(desk: Desk, found: Assumptions, assumption: Assumed) -> tuple[Listing, ...]:
    """Each verdict with one assumption wrong, downwards and upwards, and where the word changes."""
    words, mine = desk.words, [one for one in found.moves if one.of(assumption)]
    if not mine:
        return ()
    sized = words.formats.percent(UNEVEN if assumption == "order-capture-uneven" else RELATIVE, 0)
    lower, higher = _sides(assumption, sized, words)
    one = words.formats.money(1, desk.currency)
    paid = (Column(words.say("Just pays at"), wide=True),) if assumption == "margin" else ()
    columns = (
        Column(words.say("Campaign")),
        Column(words.say("Verdict"), wide=True),
        Column(lower, "chart"),
        Column(words.say("As counted"), "chart", wide=True),
        Column(higher, "chart", wide=True),
        *paid,
        Column(words.say("The word changes")),
    )
    scale = _scale(mine, assumption)
    rows = tuple(_moved_row(desk, move, assumption, scale) for move in mine)
    subtitle = words.say("Came back for each %(one)s, measured against the hold-out; the line is break-even", one=one)
    return (Listing(_finding(mine, assumption, words), subtitle, columns, rows, note=_note(assumption, words)),)


def _sides(assumption: Assumed, sized: str, words: Words) -> tuple[str, str]:
    if assumption == "order-capture-uneven":
        return (
            words.say("%(share)s of the hold-out's orders missing", share=sized),
            words.say("%(share)s of the messaged group's orders missing", share=sized),
        )
    return words.say("%(share)s lower", share=sized), words.say("%(share)s higher", share=sized)


def _finding(mine: Sequence[Moves], assumption: Assumed, words: Words) -> str:
    settled = [one for one in mine if not one.running]
    shaken = [one for one in settled if any(case.assumption == assumption for case in one.shaken)]
    changed, all_ = words.formats.count(len(shaken)), words.formats.count(len(settled))
    said = {
        "margin": words.say("If the gross margin is wrong, %(n)s of %(all)s verdicts change", n=changed, all=all_),
        "order-capture": words.say("If orders are missing or doubled, %(n)s of %(all)s verdicts change", n=changed, all=all_),
        "order-capture-uneven": words.say("If one group's orders are less complete, %(n)s of %(all)s verdicts change", n=changed, all=all_),
        "assumed-cost": words.say("If the estimated cost is wrong, %(n)s of %(all)s verdicts change", n=changed, all=all_),
    }  # fmt: skip
    return said[assumption]


def _note(assumption: Assumed, words: Words) -> str:
    said = {
        "margin": words.say("“Just pays” is the gross margin at which extra gross profit equals the cost: a range, as the extra revenue is one."),
        "order-capture": words.say("As many orders more or fewer as were counted, alike in both groups."),
        "order-capture-uneven": words.say("Missing beyond what the other group misses. The interval is shifted; its width is kept."),
        "assumed-cost": words.say("Only the lines that rest on an estimate are changed; invoices stand."),
    }  # fmt: skip
    return said[assumption]


def _scale(mine: Sequence[Moves], assumption: Assumed) -> Scale:
    """One axis for all rows of a list: as counted, and with the assumption wrong."""
    bands = [one.bands for one in mine] + [case.bands for one in mine for case in one.of(assumption)]
    ends = [end for found in bands for pair in found.values() for end in pair]
    return Scale.over([*ends, 2.0], headroom=0.04)


def _moved_row(desk: Desk, one: Moves, assumption: Assumed, scale: Scale) -> tuple[Cell, ...]:
    words, cases = desk.words, one.of(assumption)
    chip = verdict_word(one.verdict, words, running=one.running)
    by_side = {case.change < 0: case for case in cases}
    sides = [_case(by_side.get(down), one, words, scale) for down in (True, False)]
    paid = (_just_pays(one, words),) if assumption == "margin" else ()
    return (
        Cell(plain(one.name), link=desk.asked.to(f"/campaigns/{one.campaign}"), narrow=(chip,)),
        Cell(chips=(chip,)),
        sides[0],
        _interval(one.figure, one.bands, one.currency, words=words, scale=scale),
        sides[1],
        *paid,
        _turns(one, assumption, words),
    )


def _case(case: Case | None, one: Moves, words: Words, scale: Scale) -> Cell:
    if case is None:
        return Cell("–", tone="none", title=words.say("It cannot be more than it is."))
    changed = (verdict_word(case.verdict, words),) if case in one.shaken else ()
    return _interval(case.figure, case.bands, one.currency, words=words, scale=scale, chips=changed)


def _interval(
    figure: Estimate, bands: Bands, currency: str, *, words: Words, scale: Scale, chips: tuple[Chip, ...] = ()
) -> Cell:
    """The interval, drawn and in words; no point, as many of them may not be shown one."""
    assert figure.low is not None
    assert figure.high is not None
    low, high = words.formats.per_one(figure.low, currency), words.formats.per_one(figure.high, currency)
    ends = words.say("%(low)s to %(high)s", low=low, high=high)
    drawn = tuple(Band(level, *pair) for level, pair in bands.items())
    return Cell(ends, drawing=mini_interval.draw(IntervalLine("", ends, None, drawn), scale), tone="inc", chips=chips)


def _just_pays(one: Moves, words: Words) -> Cell:
    figure, form = one.break_even_margin, words.formats
    if not isinstance(figure, Estimate) or figure.low is None:
        return Cell(words.say("at none"), tone="none", title=getattr(figure, "reason", ""))
    if figure.high is None:
        return Cell(words.say("%(low)s or more", low=form.percent(figure.low, 1)))
    return Cell(form.share_range(figure.low, figure.high, 1))


def _turns(one: Moves, assumption: Assumed, words: Words) -> Cell:
    if one.running:
        return Cell("–", tone="none", title=words.say("No verdict is told before the date of the read-out."))
    turns = one.turns_of(assumption)
    nearest = (
        next((turn for turn in turns if turn.change < 0), None),
        next((turn for turn in turns if turn.change > 0), None),
    )
    told = [_turn(turn, one, words) for turn in nearest if turn is not None]
    if not told:
        return Cell(words.say("at no value"), tone="none")
    return Cell(told[0], detail=Said(told[1]) if len(told) > 1 else None)


def _turn(turn: Turn, one: Moves, words: Words) -> str:
    """At which value, and to which word; rounded to the side on which the sentence stays true."""
    word = verdict_word(turn.verdict, words).text
    shown = _then(turn, one, words)
    if turn.assumption == "order-capture-uneven":
        if turn.change < 0:
            return words.say("hold-out misses over %(value)s: %(word)s", value=shown, word=word)
        return words.say("messaged group misses over %(value)s: %(word)s", value=shown, word=word)
    if turn.change < 0:
        return words.say("below %(value)s: %(word)s", value=shown, word=word)
    return words.say("above %(value)s: %(word)s", value=shown, word=word)


def _then(turn: Turn, one: Moves, words: Words) -> str:
    down = turn.change < 0
    if turn.assumption == "assumed-cost":
        return words.formats.money((math.floor if down else math.ceil)(turn.then), one.currency)
    if turn.assumption == "order-capture-uneven":
        return words.formats.percent(math.ceil(abs(turn.change) * 1000) / 1000, 1)
    rounded = (math.floor if down else math.ceil)(turn.then * 1000) / 1000
    return words.formats.percent(rounded, 1)

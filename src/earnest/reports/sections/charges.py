"""What the provider charges: how many messages were paid, free and unknown, and the amount by market and price level.

Every unknown charge keeps its reason: it is never 0, and never left out of a sum in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from earnest.charts.cost_bar import CostChart, CostPart
from earnest.kernel.money import exponent
from earnest.reports.blocks import Block, Chart, Table
from earnest.reports.words import Words, terms
from earnest.verdict.story import CampaignStory, ChargeLine, ChargeMix

DASH = "–"
MOST_ROWS, MOST_UNKNOWN = 12, 4
TONES = {"charged": "plain", "free": "pos", "unknown": "warn"}


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The mix and its lines; the lines alone where all are charged alike; nothing where no provider told terms."""
    mix = story.charges
    if mix is None or not mix.lines:
        return ()
    amounts = _Amounts.of(mix.lines, words)
    table, largest = _table(mix.lines, amounts, words), _largest(mix.lines, amounts, words)
    if len({_reason(line) for line in mix.lines}) == 1:
        return (replace(table, title=_finding(mix, words), note=largest),)
    return (_mix(mix, words), replace(table, title=largest or table.title))


def _state(line: ChargeLine) -> str:
    """charged, free or unknown."""
    if line.amount is None:
        return "unknown"
    return "charged" if line.amount else "free"


def _reason(line: ChargeLine) -> str:
    """Why it is charged so; a card may have a price of 0."""
    return "price-zero" if _state(line) == "free" and line.reason in ("card", "provider-price") else line.reason


def _mix(mix: ChargeMix, words: Words) -> Chart:
    counts: dict[tuple[str, str], int] = {}
    for line in mix.lines:
        key = _state(line), _reason(line)
        counts[key] = counts.get(key, 0) + line.messages
    total = mix.charged + mix.free + mix.unknown
    subtitle = words.count(
        "%(n)s delivered message of which the provider told its terms",
        "%(n)s delivered messages of which the provider told its terms",
        total,
    )
    order = tuple(TONES)
    parts = sorted(counts.items(), key=lambda item: (order.index(item[0][0]), -item[1], item[0][1]))
    drawing = CostChart(
        title=subtitle,
        header=(words.say("Why"), words.say("Charge"), words.say("Messages")),
        parts=tuple(_part(state, reason, (count, total), words) for (state, reason), count in parts),
        total=(words.say("Total"), words.formats.count(total)),
    )
    return Chart(_finding(mix, words), subtitle, drawing)


def _part(state: str, reason: str, counts: tuple[int, int], words: Words) -> CostPart:
    count, total = counts
    return CostPart(
        terms.charge(reason, words),
        words.formats.count(count),
        float(count),
        terms.charged(state, words),
        TONES[state],
        words.formats.part(count / total) if total else None,
    )


def _finding(mix: ChargeMix, words: Words) -> str:
    known = mix.charged + mix.free
    if not known:
        return words.say("No charge is known yet")
    share = words.formats.part(mix.charged / known)
    if mix.unknown:
        return words.count(
            "The charge of %(n)s message is not known; of the others %(share)s were charged",
            "The charge of %(n)s messages is not known; of the others %(share)s were charged",
            mix.unknown,
            share=share,
        )
    if not mix.free:
        return words.say("Every delivered message was charged")
    if not mix.charged:
        return words.say("Every delivered message was free")
    return words.count(
        "%(share)s of the delivered messages were charged; %(n)s was free",
        "%(share)s of the delivered messages were charged; %(n)s were free",
        mix.free,
        share=share,
    )


@dataclass(frozen=True, slots=True)
class _Amounts:
    """Sums of lines in each currency, and one number of decimals a currency: as many as its amounts need to be exact."""

    decimals: dict[str, int]
    words: Words

    @classmethod
    def of(cls, lines: Sequence[ChargeLine], words: Words) -> _Amounts:
        decimals: dict[str, int] = {}
        for line in lines:
            needed = 0 if line.amount is None else -int(line.amount.normalize().as_tuple().exponent)
            decimals[line.currency] = max(needed, exponent(line.currency), decimals.get(line.currency, 0))
        return cls(decimals, words)

    def say(self, amount: Decimal, currency: str) -> str:
        return self.words.formats.money(amount, currency, decimals=self.decimals[currency] if amount else 0)

    def sums(self, lines: Sequence[ChargeLine]) -> dict[str, Decimal]:
        """Known amounts by currency: currencies are never added."""
        found: dict[str, Decimal] = {}
        for line in lines:
            if line.amount is not None:
                found[line.currency] = found.get(line.currency, Decimal(0)) + line.amount
        return found

    def together(self, lines: Sequence[ChargeLine]) -> str:
        return self.words.formats.together([self.say(each, code) for code, each in sorted(self.sums(lines).items())])


def _table(lines: Sequence[ChargeLine], amounts: _Amounts, words: Words) -> Table:
    shown, rest = _chosen(lines)
    rows = [_row(line, amounts, words) for line in shown]
    if rest:
        rows.append(_others(rest, amounts, words))
    header = (
        words.say("Market"),
        words.say("Category"),
        words.say("Price level"),
        words.say("Messages"),
        words.say("Amount"),
    )
    title = words.say("Charges by market, category and price level")
    return Table(title, _total(lines, amounts, words), header, tuple(rows), texts=3)


def _chosen(lines: Sequence[ChargeLine]) -> tuple[list[ChargeLine], list[ChargeLine]]:
    """Lines with a row of their own, largest amounts first, then what is unknown; and the rest."""
    known = sorted(
        (line for line in lines if line.amount is not None), key=lambda line: (-(line.amount or 0), -line.messages)
    )
    unknown = sorted((line for line in lines if line.amount is None), key=lambda line: -line.messages)
    if len(lines) <= MOST_ROWS:
        return [*known, *unknown], []
    room = MOST_ROWS - 1
    named = max(min(len(unknown), MOST_UNKNOWN), room - len(known))
    kept = room - named
    return [*known[:kept], *unknown[:named]], [*known[kept:], *unknown[named:]]


def _row(line: ChargeLine, amounts: _Amounts, words: Words) -> tuple[str, ...]:
    return (
        terms.market(line.market, words) if line.market else DASH,
        terms.category(line.category, words) if line.category else DASH,
        _level(line, words),
        words.formats.count(line.messages),
        words.say("not known") if line.amount is None else amounts.say(line.amount, line.currency),
    )


def _level(line: ChargeLine, words: Words) -> str:
    """The tier of a charge by the card; else why it is not charged by it."""
    if _state(line) != "charged" or line.reason != "card" or line.tier is None:
        return terms.charge(_reason(line), words)
    return words.say("List rate") if line.tier == 1 else words.say("Volume tier %(n)s", n=str(line.tier))


def _others(rest: Sequence[ChargeLine], amounts: _Amounts, words: Words) -> tuple[str, ...]:
    label = words.count("others (%(n)s line)", "others (%(n)s lines)", len(rest))
    unknown = sum(line.messages for line in rest if line.amount is None)
    text = amounts.together(rest) or words.say("not known")
    if unknown and amounts.sums(rest):
        text = words.say("%(amount)s; %(n)s not known", amount=text, n=words.formats.count(unknown))
    return (label, DASH, DASH, words.formats.count(sum(line.messages for line in rest)), text)


def _largest(lines: Sequence[ChargeLine], amounts: _Amounts, words: Words) -> str | None:
    """The market that costs most, where one currency makes them comparable."""
    markets: dict[str | None, Decimal] = {}
    for line in lines:
        markets[line.market] = markets.get(line.market, Decimal(0)) + (line.amount or 0)
    total = sum(markets.values(), Decimal(0))
    market = max(markets, key=lambda each: markets[each])
    if len(amounts.sums(lines)) != 1 or total <= 0 or market is None:
        return None
    name = terms.market(market, words)
    if markets[market] == total:
        return words.say("All charges are in one market: %(market)s", market=name)
    share = words.formats.part(float(markets[market] / total))
    return words.say("Largest market: %(market)s, with %(share)s of the charges", market=name, share=share)


def _total(lines: Sequence[ChargeLine], amounts: _Amounts, words: Words) -> str:
    total = amounts.together(lines)
    if not total:
        return words.say("No amount is known")
    if any(line.amount is None for line in lines):
        return words.say("At least %(total)s in total: what is not known is not counted", total=total)
    return words.say("%(total)s in total; exact, in the currency of the provider's card", total=total)

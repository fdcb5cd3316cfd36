"""The state of a page, all of it in its address: what is shared or reloaded shows the same.

?from=2026-09-01&to=2026-09-30&cmp=prev&attr=linear&…        everything else is the page's own
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from earnest.definitions.days import Days
from earnest.kernel.errors import UsageError
from earnest.kernel.period import parse_day

COMMON = ("from", "to", "cmp", "attr")
LONGEST = 200
"""Characters of one parameter."""
MOST = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for.

    Args:
        root: what stands before every path: "" or "/w/WORKSPACE". path: of the page, without it.
        first, last: days, both included; None is open.
        compare: "" or what the page is held against: `prev`, `yoy`, `target`, `campaign:ID`.
        model: rule of attribution.
        own: the page's own parameters, each given once or several times.
    """

    root: str
    path: str
    first: date | None = None
    last: date | None = None
    compare: str = ""
    model: str = "last_touch"
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, root: str, path: str, pairs: list[tuple[str, str]]) -> Asked:
        """Read the query of an address.

        Raises:
            UsageError: `not-a-date`, `bad-days`, `bad-address`.
        """
        if len(pairs) > MOST or any(len(text) > LONGEST for pair in pairs for text in pair):
            raise UsageError("bad-address", "the address asks for too much", hint="Open the page from the menu.")
        told: dict[str, list[str]] = {}
        for name, text in pairs:
            if text.strip():
                told.setdefault(name, []).append(text.strip())
        first, last = (parse_day(told[name][-1]) if name in told else None for name in ("from", "to"))
        if first is not None and last is not None and last < first:
            raise UsageError("bad-days", f"{last} lies before {first}", hint="Give the earlier day first.")
        own = {name: tuple(texts) for name, texts in told.items() if name not in COMMON}
        compare = told.get("cmp", [""])[-1]
        return cls(
            root, path, first, last, "" if compare == "none" else compare, told.get("attr", ["last_touch"])[-1], own
        )

    def one(self, name: str, default: str = "") -> str:
        """A parameter of the page, the last one given."""
        return self.own.get(name, (default,))[-1]

    def days(self, today: date) -> Days | None:
        """The days asked for; open ends reach as far as anything can. None if nothing was asked."""
        if self.first is None and self.last is None:
            return None
        return Days(self.first or date(2000, 1, 1), self.last or max(today, self.first or today))

    @property
    def query(self) -> list[tuple[str, str]]:
        """The parameters in a fixed order; what is as usual is left out."""
        pairs = [
            ("from", self.first.isoformat() if self.first else ""),
            ("to", self.last.isoformat() if self.last else ""),
            ("cmp", self.compare),
            ("attr", "" if self.model == "last_touch" else self.model),
            *((name, text) for name in sorted(self.own) for text in self.own[name]),
        ]
        return [(name, text) for name, text in pairs if text]

    @property
    def address(self) -> str:
        """The address of this very state."""
        return _address(self.root + self.path, self.query)

    def with_(self, **changes: Any) -> Asked:
        """The same page in another state; own parameters by `own=`."""
        return replace(self, **changes)

    def to(self, path: str, **own: str) -> str:
        """The address of another page, for the same days, comparison and rule of attribution."""
        kept = [(name, text) for name, text in self.query if name in COMMON]
        return _address(self.root + path, [*kept, *((name, text) for name, text in own.items() if text)])

    def plain(self, path: str, **own: str) -> str:
        """The address of another page without any of this state."""
        return _address(self.root + path, [(name, text) for name, text in own.items() if text])


def _address(path: str, pairs: list[tuple[str, str]]) -> str:
    told = urlencode(pairs, quote_via=quote, safe=":/")
    return f"{quote(path, safe='/-_.~')}?{told}" if told else quote(path, safe="/-_.~")

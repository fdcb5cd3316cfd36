"""Windows that suites publish, one data file each: what each would claim on the same orders.

    klaviyo-2024.toml: model, where the window opens, [windows.<channel>] touch kind = "5 d", source, day on which it was read

Product names say whose page the windows were read on; nothing here is affiliated with any of them. What a suite does and this does not
reproduce stands in `differs`, never in silence.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Literal

from earnest.kernel.declared import look_up
from earnest.kernel.errors import UsageError
from earnest.kernel.period import DAY_US, HOUR_US

RUNGS: dict[str, int] = {"delivered": 1, "read": 2, "click": 3, "reply": 4}
"""Kinds of touch, weakest first, with their rung in the tables."""
ANY = "any"
_UNITS = {"h": HOUR_US, "d": DAY_US}


@dataclass(frozen=True, slots=True)
class CouponRule:
    """Orders claimed by a campaign's coupon.

    Args:
        window_us: how long after the campaign's last message. when: `always`, before any touch; `no contact`, only where the order
            names nobody that is known.
    """

    window_us: int
    when: Literal["always", "no contact"]


@dataclass(frozen=True, slots=True)
class Preset:
    """How a suite attributes by default.

    Args:
        since: since when, or for whom, in words; empty if not told.
        model: id of the rule model.
        starts: the window opens with the touch, or with the sending of the message.
        windows: channel (or `any`) → kind of touch → window in microseconds; kinds that are left out do not count.
        machines: whether clicks of bots and previews count; None where it is not published, and they are left out.
        first_order_only: whether a message earns the first order after it alone.
        sources: where it was read. from_notes: those pages could not be read again on `read_on`; second-hand.
        differs: what of it is not reproduced, or taken one way of several.
    """

    id: str
    vendor: str
    since: str
    model: str
    starts: Literal["touch", "send"]
    windows: Mapping[str, Mapping[str, int]]
    machines: bool | None
    coupon: CouponRule | None
    first_order_only: bool
    sources: tuple[str, ...]
    read_on: date
    from_notes: bool
    differs: tuple[str, ...]

    @property
    def reproducible(self) -> bool:
        """Whether it has a default that can be computed."""
        return bool(self.windows)

    @property
    def without_click(self) -> bool:
        """Whether an order counts without any click or reply."""
        return self.coupon is not None or any({"read", "delivered"} & kinds.keys() for kinds in self.windows.values())

    @property
    def credit(self) -> str:
        """Whose word it is."""
        how = "taken over from notes" if self.from_notes else "read"
        return f"windows as published by {self.vendor}, {how} on {self.read_on.isoformat()}; not affiliated"

    def window(self, channel: str | None, kind: str) -> int | None:
        """The window of a kind of touch on a channel; None where it does not count."""
        kinds = self.windows.get(channel or "", self.windows.get(ANY, {}))
        return kinds.get(kind)

    def covers(self, channel: str | None) -> bool:
        """Whether anything on a channel counts."""
        return (channel or "") in self.windows or ANY in self.windows

    def to_json(self) -> dict[str, Any]:
        return {
            "preset": self.id,
            "vendor": self.vendor,
            "since": self.since or None,
            "model": self.model,
            "window_opens": self.starts,
            "windows": {
                name: {k: duration_text(us) for k, us in kinds.items()} for name, kinds in self.windows.items()
            },
            "counts_without_click": self.without_click,
            "machine_clicks": {True: "counted", False: "excluded", None: "not published, left out"}[self.machines],
            "coupon": {"window": duration_text(self.coupon.window_us), "when": self.coupon.when}
            if self.coupon
            else None,
            "first_order_only": self.first_order_only,
            "reproducible": self.reproducible,
            "differs": list(self.differs),
            "sources": list(self.sources),
            "read_on": self.read_on.isoformat(),
            "credit": self.credit,
        }


@functools.cache
def presets() -> dict[str, Preset]:
    """Every preset, by id."""
    found = sorted((one for one in files(__name__).iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    read = [read_preset(one.name.removesuffix(".toml"), one.read_text(encoding="utf-8")) for one in found]
    return {one.id: one for one in read}


def find_preset(name: str) -> Preset:
    """Look up a preset.

    Raises:
        UsageError: `no-such-preset`.
    """
    refusal = UsageError, "no-such-preset"
    return look_up(presets(), name, what="preset", hint="See `earnest attribution presets`.", refusal=refusal)


def read_preset(name: str, text: str) -> Preset:
    """Read a preset's file.

    Raises:
        UsageError: `bad-preset`: a channel, kind, window or word that is not understood.
    """
    body = tomllib.loads(text)
    windows = {
        channel: {_kind(name, kind): read_duration(name, told) for kind, told in kinds.items()}
        for channel, kinds in body.pop("windows", {}).items()
    }
    coupon = body.pop("coupon", None)
    machines = {"counted": True, "excluded": False, "not published": None}
    if body["machines"] not in machines or body["starts"] not in ("touch", "send"):
        raise _bad(name, "machines is counted, excluded or not published; starts is touch or send")
    if coupon is not None and coupon["when"] not in ("always", "no contact"):
        raise _bad(name, "coupon.when is always or no contact")
    return Preset(
        id=name,
        vendor=body["vendor"],
        since=body["since"],
        model=body["model"],
        starts=body["starts"],
        windows=windows,
        machines=machines[body["machines"]],
        coupon=CouponRule(read_duration(name, coupon["window"]), coupon["when"]) if coupon else None,
        first_order_only=body.get("first_order_only", False),
        sources=tuple(body["sources"]),
        read_on=body["read_on"],
        from_notes=body.get("from_notes", False),
        differs=tuple(body["differs"]),
    )


def read_duration(name: str, text: str) -> int:
    """Microseconds of `5 d` or `12 h`.

    Raises:
        UsageError: `bad-preset`.
    """
    number, _, unit = text.partition(" ")
    if not number.isdecimal() or unit not in _UNITS or not int(number):
        raise _bad(name, f"'{text}' is no window; write it like 5 d or 12 h")
    return int(number) * _UNITS[unit]


def duration_text(us: int) -> str:
    """A window as people write it: hours up to 48, else days.

    Example:
        >>> duration_text(43_200_000_000), duration_text(432_000_000_000)
        ('12 h', '5 d')
    """
    hours, rest = divmod(us, HOUR_US)
    if rest:
        return f"{us / HOUR_US:g} h"
    return f"{hours // 24} d" if hours >= 24 and hours % 24 == 0 else f"{hours} h"


def _kind(name: str, kind: str) -> str:
    if kind not in RUNGS:
        raise _bad(name, f"'{kind}' is no kind of touch: {', '.join(RUNGS)}")
    return kind


def _bad(name: str, what: str) -> UsageError:
    return UsageError("bad-preset", f"preset {name}: {what}", hint="Correct the preset's file.", preset=name)

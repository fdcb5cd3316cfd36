"""Sample data: a simulated shop in a workspace that was empty, known as such until it is taken out again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.definitions.setting import DatedValue
from earnest.kernel.period import parse_day

BY = "sample"
"""Who imports the files of sample data."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was declared beside its imports, so that all of it can be taken out.

    Args:
        seq: entry with which it began. whole: whether all of it came in.
        settings: name → value and day.
    """

    seq: int
    campaigns: tuple[str, ...]
    experiments: tuple[str, ...]
    accounts: tuple[str, ...]
    settings: tuple[tuple[str, DatedValue], ...]
    whole: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "campaigns": list(self.campaigns),
            "experiments": list(self.experiments),
            "accounts": list(self.accounts),
            "settings": [
                {"name": name, "value": one.value, "from": one.since.isoformat()} for name, one in self.settings
            ],
        }

    @classmethod
    def from_json(cls, seq: int, body: dict[str, Any]) -> Sample:
        settings = tuple((one["name"], DatedValue(one["value"], parse_day(one["from"]))) for one in body["settings"])
        return cls(seq, tuple(body["campaigns"]), tuple(body["experiments"]), tuple(body["accounts"]), settings)

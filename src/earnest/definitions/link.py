"""A link of our own: where it leads, which campaign it is of, and which messages it goes in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from earnest.kernel.errors import UsageError

WITHIN_FIELDS = ("campaign", "template", "tag", "callback")
"""What a message may say of itself that a link names its messages by."""
UTM = ("source", "medium", "campaign", "term", "content")


@dataclass(frozen=True, slots=True)
class Link:
    """A declared link. Its codes are sealed numbers, never stored: `tracking.codes`.

    Args:
        id: name in commands. number: its number in codes, from 1, never used again.
        destination: http or https address; its host must be allowed (`earnest link allow`).
        campaign: declared campaign it is of; None for none.
        within: which messages carry it, ``callback=camp-7``; by default those of its campaign. A click of a recipient's code
            counts for his latest such message.
        utm: appended as utm_source …; what the destination says itself stays.
        click_parameter: name of the parameter that carries the click's id; None appends none.
        until_us: from then on it leads nowhere; None is for ever. enabled: False leads nowhere either.
        disabled_us: since when it has been disabled, as the journal tells; None while it is not.
    """

    id: str
    number: int
    destination: str
    campaign: str | None = None
    within: str | None = None
    utm: dict[str, str] = field(default_factory=dict)
    click_parameter: str | None = "eid"
    until_us: int | None = None
    enabled: bool = True
    disabled_us: int | None = field(default=None, compare=False)

    @property
    def host(self) -> str:
        """The host it leads to, with its port where one is written."""
        return self.destination.split("/", 3)[2]

    def to_json(self) -> dict[str, Any]:
        """What is declared; when it was disabled stands in the journal anyway."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "disabled_us"}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Link:
        return cls(**body)


def within_rule(text: str) -> str:
    """Check `campaign=…`, `template=…`, `tag=…` or `callback=…`.

    Raises:
        UsageError: `bad-within`.
    """
    name, equals, value = text.partition("=")
    if not equals or name not in WITHIN_FIELDS or not value:
        raise UsageError(
            "bad-within",
            f"'{text}' names no messages",
            hint="Write campaign=NAME, template=NAME, tag=NAME or callback=VALUE, as the messages themselves say it.",
        )
    return text

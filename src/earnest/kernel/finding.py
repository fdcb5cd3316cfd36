"""A finding: something in the data or the design that a reader must know before believing a figure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["blocks", "blocks-gain", "blocks-loss", "warns", "informs"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One failed or noteworthy check.

    Args:
        code: stable kebab code, e.g. "sample-ratio-mismatch".
        severity: "blocks" withholds every verdict, "blocks-gain" only a gain (the cost is a lower bound),
            "blocks-loss" only a loss (the cost is an upper bound), "warns" and "informs" are printed beside the figures.
        message: one sentence with the sizes in it.
        remedy: what to do about it.
        rows: number of offending rows, `tested` number of rows tested.
        facts: the values behind the sentence.
    """

    code: str
    severity: Severity
    message: str
    remedy: str
    rows: int | None = None
    tested: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "remedy": self.remedy,
            "rows": self.rows,
            "tested": self.tested,
            "facts": self.facts,
        }

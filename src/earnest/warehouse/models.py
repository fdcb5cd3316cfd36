"""A table is one SQL text with a header that says what it holds; this reads both.

-- table: message
-- grain: one row a message
-- key: message_key
-- partition: send_day
-- inputs: event_message, identity
-- recompute: message
-- meaning: state of each message, folded …
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

_HEADER = re.compile(r"^-- (table|grain|key|partition|inputs|recompute|meaning): (.*)$")


@dataclass(frozen=True, slots=True)
class Model:
    """One table of the warehouse.

    Args:
        key: columns that identify a row.
        partition: day column the files are cut by, or None.
        inputs: names of tables and event views the SQL reads.
        recompute: what must be recomputed together when one input row changes.
    """

    name: str
    sql: str
    grain: str
    key: tuple[str, ...]
    partition: str | None
    inputs: tuple[str, ...]
    recompute: str
    meaning: str

    @property
    def version(self) -> str:
        """Hash of the text: a changed model means a rebuild."""
        return hashlib.sha256(self.sql.encode()).hexdigest()[:16]


def read(package: str, name: str, *, replace: Mapping[str, str] | None = None) -> Model:
    """Read a model from a package's SQL file, filling its {slots} where it has any."""
    text = (files(package) / name).read_text(encoding="utf-8")
    for slot, value in (replace or {}).items():
        text = text.replace("{" + slot + "}", value)
    header: dict[str, str] = {}
    for line in text.splitlines():
        if match := _HEADER.match(line):
            field, value = match.groups()
            header[field] = f"{header[field]} {value}" if field in header else value
    return Model(
        header["table"],
        "\n".join(line for line in text.splitlines() if not line.startswith("--")),
        header["grain"],
        _listed(header["key"]),
        header.get("partition"),
        _listed(header["inputs"]),
        header["recompute"],
        header["meaning"],
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def in_order(models: Iterable[Model]) -> list[Model]:
    """Models sorted so that each comes after those it reads."""
    waiting = {model.name: model for model in models}
    ordered: list[Model] = []
    while waiting:
        ready = [m for m in waiting.values() if not any(name in waiting for name in m.inputs if name != m.name)]
        assert ready, f"the models {sorted(waiting)} read each other in a circle"
        for model in ready:
            ordered.append(model)
            del waiting[model.name]
    return ordered

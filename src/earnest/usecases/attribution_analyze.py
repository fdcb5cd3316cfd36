"""Analyse journeys of any origin, without a workspace: every model's credit side by side, with what it rests on.

file(s) ─> journeys ─> model ─> credit per channel, or why there is none
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import Money, exponent
from earnest.kernel.period import zone
from earnest.usecases.attribution_file import FileAsked, FileRead
from earnest.usecases.attribution_read import read_journeys
from earnest.usecases.journeys_asked import ModelsAsked, models_asked, read_length, read_weights


@dataclass(frozen=True, slots=True)
class ModelCredit:
    """What one model gives, or why it gives nothing."""

    model: JourneyModel
    credit: Credit | Unavailable


@dataclass(frozen=True, slots=True)
class JourneyAnalysis:
    """Credit of journeys under several models.

    Args:
        files: names. read: the journeys, how they were read and what was left out. window_us: look-back, or None.
        results: one a model.
    """

    files: tuple[str, ...]
    read: FileRead
    window_us: int | None
    results: tuple[ModelCredit, ...]

    @property
    def journeys(self) -> Journeys:
        """The journeys behind all models."""
        return self.read.journeys

    def to_json(self) -> dict[str, Any]:
        read = self.read
        return {
            "files": list(self.files),
            "form": read.form,
            "by": read.by,
            "window_us": self.window_us,
            "columns": read.columns,
            "rows": {"read": read.rows, "left_out": [one.to_json() for one in read.bad]},
            **_totals(self.journeys),
            "basis": "attributed",
            "notes": list(read.notes),
            "models": [_model_json(one, self.journeys) for one in self.results],
        }


@dataclass(frozen=True, slots=True)
class JourneyOptions:
    """How journeys are read and which models credit them.

    Args:
        conversions: with touches: the file of who converted, when, and what it brought.
        by: with touches: channel, campaign, template, variant or touch_type; None takes the first that is a column.
        models: ids, or what several begin with ("markov"); none means all.
        orders: of Markov chains, 1–4; none means all. without_nulls: leave journeys without conversion out of them.
        half_life: of a further time decay, such as "3d". weights: of the U model, "0.4,0.2,0.4".
        direct: channel that stands for direct visits; None: "direct".
        window: look-back before a conversion, "5d", both ends included; None counts all touches before.
        currency: of the value; None takes what the file tells, else values are plain numbers.
        timezone, date_format, decimal: how times and amounts are written, as in `import run`.
        maps, conversion_maps: `field=column` corrections, for either file.
    """

    conversions: Path | str | None = None
    by: str | None = None
    models: Sequence[str] = ()
    orders: Sequence[int] = ()
    without_nulls: bool = False
    half_life: str | None = None
    weights: str | None = None
    direct: str | None = None
    window: str | None = None
    currency: str | None = None
    timezone: str | None = None
    date_format: str | None = None
    decimal: str = "point"
    maps: Sequence[str] = ()
    conversion_maps: Sequence[str] = ()


def analyze_journeys(path: Path | str, options: JourneyOptions | None = None) -> JourneyAnalysis:
    """Credit channels (or campaigns, templates …) for conversions under every model that the data permits.

    Args:
        path: paths (path, conversions, value, null count) or touches; CSV, JSON Lines or Parquet, each also gzipped.

    Raises:
        UsageError: an unknown model, option or column; several currencies. DataRefused: files that cannot be read.
    """
    given = options or JourneyOptions()
    asked, wanted = _file_asked(given), models_asked(_models(given))
    read = read_journeys(Path(path), asked)
    files = (Path(path).name, *((asked.conversions.name,) if asked.conversions else ()))
    results = tuple(ModelCredit(model, model.credit(read.journeys)) for model in wanted)
    return JourneyAnalysis(files, read, asked.window_us, results)


def _file_asked(given: JourneyOptions) -> FileAsked:
    currency = given.currency.upper() if given.currency else None
    if currency is not None:
        exponent(currency)
    return FileAsked(
        conversions=Path(given.conversions) if given.conversions is not None else None,
        by=given.by,
        maps=tuple(given.maps),
        conversion_maps=tuple(given.conversion_maps),
        currency=currency,
        window_us=read_length(given.window, "--window") if given.window else None,
        zone=zone(given.timezone).key if given.timezone else None,
        date_format=given.date_format,
        decimal_comma=given.decimal == "comma",
    )


def _models(given: JourneyOptions) -> ModelsAsked:
    return ModelsAsked(
        names=tuple(given.models),
        orders=tuple(given.orders),
        half_life_us=read_length(given.half_life, "--half-life") if given.half_life else None,
        weights=read_weights(given.weights) if given.weights else None,
        direct=given.direct,
        nulls=not given.without_nulls,
    )


def amount_json(units: int, journeys: Journeys) -> dict[str, str]:
    """Exact money of whole units."""
    assert journeys.currency is not None
    minor = 10 ** exponent(journeys.currency)
    if journeys.units == minor:
        return Money(units, journeys.currency).to_json()
    return {"amount": str(Decimal(units) / journeys.units), "currency": journeys.currency}


def _totals(journeys: Journeys) -> dict[str, Any]:
    attributed = int(journeys.conversions.sum())
    body: dict[str, Any] = {
        "channels": list(journeys.channels),
        "journeys": int(journeys.totals.sum()),
        "touches": len(journeys.items),
        "conversions": attributed + journeys.unattributed,
        "attributed_conversions": attributed,
        "unattributed_conversions": journeys.unattributed,
        "null_journeys": None if journeys.nulls is None else int(journeys.nulls.sum()),
    }
    if journeys.value is None:
        return body | {"value": None}
    whole, lost = journeys.value.sum(), journeys.unattributed_value
    parts = {"total": whole + lost, "attributed": whole, "unattributed": lost}
    body["value"] = {name: float(part) / journeys.units for name, part in parts.items()}
    if journeys.currency is not None:
        body["money"] = {name: amount_json(int(part), journeys) for name, part in parts.items()}
    return body


def _model_json(one: ModelCredit, journeys: Journeys) -> dict[str, Any]:
    model, credit = one.model, one.credit
    body: dict[str, Any] = {
        "id": model.id,
        "label": model.label,
        "family": model.family,
        "definition": model.definition,
        "why": model.why,
        "caveat": model.caveat,
        "reference": model.reference,
        "parameters": [
            {"name": p.name, "value": p.value, "unit": p.unit, "reason": p.reason} for p in model.parameters
        ],
    }
    if isinstance(credit, Unavailable):
        return body | credit.to_json()
    body["conserved"] = model.conserved
    body["facts"] = dict(credit.facts)
    body["total"] = _row(credit, journeys, None)
    body["credit"] = [{"channel": name} | _row(credit, journeys, place) for place, name in enumerate(journeys.channels)]
    return body


def _row(credit: Credit, journeys: Journeys, place: int | None) -> dict[str, Any]:
    """Figures of one channel, or of all."""
    here = slice(None) if place is None else slice(place, place + 1)
    conversions = float(credit.conversions[here].sum())
    row: dict[str, Any] = {"share": conversions / float(journeys.conversions.sum()), "conversions": conversions}
    if credit.value is not None:
        row["value"] = float(credit.value[here].sum())
    if credit.exact is not None and journeys.currency is not None:
        row["money"] = amount_json(int(credit.exact[here].sum()), journeys)
    if place is not None:
        row |= {name: float(column[place]) for name, column in credit.columns}
    return row

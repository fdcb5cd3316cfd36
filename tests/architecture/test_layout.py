"""The house keeps its measures: rooms of a size, SQL with headers, inputs that exist, exports that load."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import earnest
from earnest.events.kinds import KINDS
from earnest.rating.tables import RATING_TABLES
from earnest.usecases.tables import all_models

SRC = Path(earnest.__file__).parent
FILES = sorted(SRC.rglob("*.py"))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_rooms_have_a_size_a_door_and_no_vague_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    assert path.stem not in {"utils", "util", "helpers", "common", "misc", "base", "core"}
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"
    for function in _functions(path):
        documented = ast.get_docstring(function, clean=False) or ""
        body = (function.end_lineno or 0) - function.lineno + 1 - documented.count("\n")
        assert body <= 65, f"{function.name} has {body} lines"


def test_every_model_reads_only_what_exists_and_says_what_a_row_is() -> None:
    models = all_models()
    known = (
        {m.name for m in models}
        | {f"event_{kind}" for kind in KINDS}
        | {"identity", "excluded", "lookback", "decay", "label_campaign", "label_within", "zone_offset", *RATING_TABLES}
    )
    for model in models:
        assert set(model.inputs) <= known, model.name
        assert model.grain.startswith("one row")
        assert model.key
        assert model.meaning
        read = set(re.findall(r"\b(?:FROM|JOIN) ([a-z_]+)\b", model.sql))
        named = set(re.findall(r"\b([a-z_]+) AS \(", model.sql))
        assert read - named <= set(model.inputs), f"{model.name} reads {read - named - set(model.inputs)} unannounced"


def test_public_names_load() -> None:
    for name in earnest.__all__:
        assert callable(getattr(earnest, name))
    with pytest.raises(AttributeError):
        earnest.nothing_of_the_kind  # noqa: B018

"""Whose code it is, where a server has several workspaces, also with the same tag."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from earnest.api.by_code import find_by_code
from earnest.api.place import Place
from earnest.kernel.errors import EnvironmentProblem
from earnest.tracking.codes import Code, workspace_tag
from earnest.usecases.workspace import KEY_FILE, init


def keys_of_one_tag() -> tuple[bytes, bytes]:
    """Two secrets whose workspaces have the same tag: among some hundred, two do."""
    seen: dict[str, bytes] = {}
    for number in range(10_000):
        key = number.to_bytes(32)
        other = seen.setdefault(workspace_tag(key), key)
        if other != key:
            return other, key
    raise AssertionError


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Starlette]:
    places = {}
    for name, key in zip(("one", "two"), keys_of_one_tag(), strict=True):
        made = init(tmp_path / name, currency="EUR", timezone="UTC")
        (made.path / KEY_FILE).write_text(key.hex())
        places[name] = Place(name, made)
    app = Starlette()
    app.state.places = places | {"broken": EnvironmentProblem("journal-unreadable", "it cannot be read")}
    yield app
    for place in places.values():
        place.close()


def test_the_seal_tells_workspaces_of_one_tag_apart(app: Starlette) -> None:
    for name in ("one", "two"):
        place = app.state.places[name]
        text = place.codec("survey").write(Code(3, 4))
        assert find_by_code(app, text, "survey") == (place, Code(3, 4))
        assert find_by_code(app, text, "survey", workspace=name) == (place, Code(3, 4))
        assert find_by_code(app, text, "survey", workspace="two" if name == "one" else "one") is None
        assert find_by_code(app, text, "survey", workspace="broken") is None
        assert find_by_code(app, text, "survey", workspace="nowhere") is None
        assert find_by_code(app, text, "link") is None
        assert find_by_code(app, text[:-1] + ("A" if text[-1] != "A" else "B"), "survey") is None
    assert find_by_code(app, "", "survey") is None


def test_without_a_key_nobody_can_tell(app: Starlette) -> None:
    text = app.state.places["two"].codec("link").write(Code(1))
    (app.state.places["one"].workspace.path / KEY_FILE).unlink()
    assert find_by_code(app, text, "link") == (app.state.places["two"], Code(1))
    with pytest.raises(EnvironmentProblem) as caught:
        find_by_code(app, "nothing", "link")
    assert caught.value.code == "workspace-key-missing"

"""Sources: declared with what can be checked now, verified by what lies where they say, told of without any secret."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from earnest.channels.signing.scheme import Request, Unverifiable
from earnest.definitions.source import Source
from earnest.kernel.errors import Conflict, NotFound, UsageError
from earnest.usecases.admit import Door, NotCheckable, Refused, admit, door_of, draft_of
from earnest.usecases.source_secrets import READ_AGAIN_S, Resolved, Secrets
from earnest.usecases.sources import add_source, disable_source, standing
from earnest.usecases.tally import Tally, tallies
from earnest.usecases.workspace import Workspace, init

WA = Source("wa", "whatsapp", "meta", ("env:WA_SECRET",))
BODY = b'{"object":"x"}'


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin")


def test_a_declared_source_names_the_secrets_it_lacks(shop: Workspace) -> None:
    source = replace(WA, verify_token="env:TOKEN")
    assert add_source(shop, source, environ={"WA_SECRET": "s"}) == ("env:TOKEN",)
    assert shop.state().sources == {"wa": source}


def test_what_cannot_be_declared(shop: Workspace) -> None:
    with pytest.raises(NotFound, match="no signature scheme"):
        add_source(shop, replace(WA, signature="metta"))
    with pytest.raises(UsageError, match="at least one secret"):
        add_source(shop, replace(WA, secrets=()))
    for url in ("hooks.example.com/hooks/wa", "https://x.example/hooks/wa?a=1", "ftp://x.example/", "https:///hooks"):
        with pytest.raises(UsageError) as refused:
            add_source(shop, replace(WA, public_url=url))
        assert refused.value.code == "bad-source-url"
    with pytest.raises(UsageError):
        add_source(shop, replace(WA, region="Germany"))
    assert shop.state().sources == {}


def test_a_source_is_changed_only_on_purpose_and_never_becomes_another_channel(shop: Workspace) -> None:
    add_source(shop, WA)
    with pytest.raises(Conflict) as known:
        add_source(shop, WA)
    assert known.value.code == "source-exists"
    with pytest.raises(Conflict) as other:
        add_source(shop, replace(WA, channel="stripe", signature="stripe"), replacing=True)
    assert other.value.code == "source-of-other-channel"
    add_source(shop, replace(WA, region="de"), replacing=True)
    assert shop.state().sources["wa"].region == "DE"


def test_a_removed_source_answers_no_longer_and_can_come_back(shop: Workspace) -> None:
    add_source(shop, WA)
    disable_source(shop, "wa")
    disable_source(shop, "wa")
    with pytest.raises(NotFound):
        door_of(shop.state().sources, "wa")
    assert not standing(shop, "wa", environ={}).source.enabled
    add_source(shop, WA)
    assert door_of(shop.state().sources, "wa") == WA
    with pytest.raises(NotFound):
        disable_source(shop, "other")


def test_secrets_come_from_where_they_lie(tmp_path: Path) -> None:
    lying = tmp_path / "secret"
    lying.write_text("from a file\n")
    now = [0.0]
    secrets = Secrets({"SET": "from the environment", "BLANK": "  ", "NULS": "\0\0"}, clock=lambda: now[0])
    assert secrets.secret("env:SET") == "from the environment"
    assert secrets.secret(f"file:{lying}") == "from a file"
    for absent in ("env:UNSET", "env:BLANK", "env:NULS", f"file:{tmp_path}", f"file:{tmp_path}/none"):
        assert secrets.secret(absent) is None, absent
    lying.write_text("rolled")
    assert secrets.secret(f"file:{lying}") == "from a file"
    now[0] += READ_AGAIN_S
    assert secrets.secret(f"file:{lying}") == "rolled"
    two = replace(WA, secrets=("env:UNSET", f"file:{lying}"))
    assert secrets.of(two) == Resolved(("rolled",), ("env:UNSET",))


def delivery(secret: str, body: bytes = BODY) -> Request:
    import hashlib
    import hmac

    said = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": said, "content-type": "application/json", "cookie": "private"}
    return Request("POST", "https://x.example/hooks/wa", headers, body, 0.0)


def test_what_is_kept_of_an_authentic_delivery() -> None:
    import hashlib

    draft = admit(Door.of(WA), delivery("s"), ["old", "s"], received_us=7)
    assert not isinstance(draft, Refused)
    assert (draft.kind, draft.source, draft.body, draft.received_us) == ("received", "wa", BODY, 7)
    assert draft.headers == {"content-type": "application/json"}
    assert draft.dedupe_key == f"body:wa:whatsapp:{hashlib.sha256(BODY).hexdigest()}"


def test_a_delivery_is_told_again_only_if_the_headers_that_say_what_it_means_are_equal_too() -> None:
    source = Source("shop", "woocommerce", "woocommerce", ("env:S",))
    body = b'{"id":55}'

    def key(topic: str, delivery: str, *, of: Source = source) -> str | None:
        headers = {
            "x-wc-webhook-topic": topic,
            "x-wc-webhook-delivery-id": delivery,
            "x-wc-webhook-signature": delivery,
        }
        return draft_of(Door.of(of), body, headers, received_us=7).dedupe_key

    told = [
        key("customer.deleted", "d1"),
        key("order.deleted", "d1"),
        key("order.deleted", "d2"),
        key("order.deleted", "d1", of=replace(source, channel="shopify")),
        key("order.deleted", "d1", of=replace(source, name="shop-2")),
    ]
    assert None not in told
    assert len(set(told)) == len(told)
    assert key("order.deleted", "d2") == told[2]
    other = {"x-wc-webhook-topic": "order.deleted", "x-wc-webhook-delivery-id": "d2", "x-request-id": "another attempt"}
    assert draft_of(Door.of(source), body, other, received_us=9).dedupe_key == told[2]


def test_equal_bodies_may_be_two_events_where_the_channel_says_so() -> None:
    door = Door.of(Source("zap", "generic", "meta", ("env:S",)))
    draft = admit(door, delivery("s"), ["s"], received_us=7)
    assert not isinstance(draft, Refused)
    assert draft.dedupe_key is None


def test_what_is_not_kept() -> None:
    door = Door.of(WA)
    assert admit(door, delivery("other"), ["s"], received_us=7) == Refused("the signature does not fit")
    with pytest.raises(NotCheckable) as none:
        admit(door, delivery("s"), [], received_us=7)
    assert none.value.code == "secret-missing"
    with pytest.raises(NotCheckable) as unsure:
        admit(door, delivery("other"), ["s"], missing=["env:NEW"], received_us=7)
    assert unsure.value.code == "secret-missing"
    assert not isinstance(admit(door, delivery("s"), ["s"], missing=["env:NEW"], received_us=7), Refused)

    def unable(_request: Request, _secrets: object) -> str | None:
        raise Unverifiable("no certificate")

    with pytest.raises(NotCheckable) as later:
        admit(replace(door, scheme=replace(door.scheme, verify=unable)), delivery("s"), ["s"], received_us=7)
    assert later.value.code == "not-checkable"


def test_tallies_outlive_the_server(shop: Workspace) -> None:
    tally = Tally.of(shop)
    tally.refused("wa", "the signature does not fit", 5)
    tally.refused("wa", "no X header", 6)
    tally.postponed("wa", "journal-full", 7)
    tally.handshake("wa", 8, accepted=False)
    assert tallies(shop) == {}
    tally.save()
    told = tallies(shop)["wa"]
    assert (told.refused, told.refused_us, told.why) == (2, 6, "no X header")
    assert (told.postponed, told.postponed_code, told.handshake_us, told.handshake_refused_us) == (
        1,
        "journal-full",
        None,
        8,
    )
    again = Tally.of(shop)
    again.refused("wa", "x", 9)
    again.save()
    assert tallies(shop)["wa"].refused == 3
    (shop.tables / "hooks.json").write_text("[")
    assert tallies(shop) == {}
    assert Tally.of(shop).sources == {}


def test_a_handshake_stands_as_its_last_one_did(shop: Workspace) -> None:
    add_source(shop, WA)
    add_source(shop, Source("pay", "stripe", "stripe", ("env:S",)))
    assert standing(shop, "pay", environ={}).handshake == "not needed"
    assert standing(shop, "wa", environ={}).handshake == "awaited"
    tally = Tally.of(shop)
    for at, accepted, said in ((5, True, "done"), (6, False, "refused"), (7, True, "done")):
        tally.handshake("wa", at, accepted=accepted)
        tally.save()
        assert standing(shop, "wa", environ={}).handshake == said


def test_a_site_is_declared_with_its_origins_and_an_export_with_nothing(shop: Workspace) -> None:
    with pytest.raises(UsageError) as refused:
        add_source(shop, Source("web", "site", "token", ()))
    assert refused.value.code == "no-origin"
    site = Source("web", "site", "token", (), options={"origins": ["https://shop.example"]})
    assert add_source(shop, site) == ()
    assert add_source(shop, Source("ga", "ga4", "token", ())) == ()
    web, ga = standing(shop, "web"), standing(shop, "ga")
    assert web.address == "https://YOUR-HOST/t/web"
    assert (ga.address, ga.address_of_several) == ("", None)
    assert not web.keyed
    assert not ga.keyed
    assert (web.to_json()["signature"], ga.to_json()["signature"]) == (None, None)

"""What holds of all schemes: found in one place, told in the docs, every pair compared, controls that a lazy one fails."""

from __future__ import annotations

import hmac
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from earnest.channels.signing.fitting import fits, hex_sha256
from earnest.channels.signing.scheme import Request, scheme_of, schemes
from earnest.kernel.errors import NotFound
from unit.channels.signing.senders import BODY, SENDERS
from unit.channels.signing.test_forged import forged

DOCS = Path(__file__).parents[4] / "docs/signatures.md"


def test_docs_name_every_scheme_with_its_secret() -> None:
    told = [line for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    assert told == [f"| `{one.code}` | {one.label} | {one.covers} | {one.secret} |" for one in schemes().values()]


def test_declarations_are_whole() -> None:
    for scheme in schemes().values():
        assert all((scheme.code, scheme.label, scheme.covers, scheme.secret, scheme.source))
        assert scheme.waits == (scheme.code == "sns")
    assert scheme_of("meta") is schemes()["meta"]
    with pytest.raises(NotFound, match="did you mean 'stripe'"):
        scheme_of("strip")


@pytest.mark.parametrize("place", [0, 1, 2, None])
def test_every_pair_is_compared_whichever_fits(place: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def counting(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    secrets = ["a", "b", "c"]
    right = hex_sha256(secrets[place].encode(), BODY) if place is not None else "0" * 64
    for said in ([right, "1" * 64], ["1" * 64, right]):
        compared.clear()
        assert fits(said, secrets, lambda key: hex_sha256(key, BODY)) == (place is not None)
        assert compared == [(64, 64)] * 6


def _hex(secret: str, body: bytes) -> str:
    return "sha256=" + hex_sha256(secret.encode(), body)


def lazy_case(request: Request, secrets: Sequence[str]) -> bool:
    return request.headers.get("x-hub-signature-256", "").lower() == _hex(secrets[0], request.body)


def lazy_prefix(request: Request, secrets: Sequence[str]) -> bool:
    return _hex(secrets[0], request.body).startswith(request.headers.get("x-hub-signature-256", "-"))


def lazy_space(request: Request, secrets: Sequence[str]) -> bool:
    return request.headers.get("x-hub-signature-256", "").strip() == _hex(secrets[0], request.body)


def lazy_first(request: Request, secrets: Sequence[str]) -> bool:
    return request.headers.get("x-hub-signature-256", "").split(",")[0] == _hex(secrets[0], request.body)


def lazy_body(request: Request, secrets: Sequence[str]) -> bool:
    return request.headers.get("x-hub-signature-256", "") == _hex(secrets[0], BODY)


def lazy_missing(request: Request, secrets: Sequence[str]) -> bool:
    return request.headers.get("x-hub-signature-256", _hex(secrets[0], request.body)) == _hex(secrets[0], request.body)


@pytest.mark.parametrize("lazy", [lazy_case, lazy_prefix, lazy_space, lazy_first, lazy_body, lazy_missing])
def test_forgeries_find_a_lazy_scheme(lazy: object) -> None:
    """Planted defects: each is found by the forgeries that no real scheme takes."""
    assert callable(lazy)
    authentic = SENDERS["meta"]()
    assert lazy(authentic.request, [authentic.secret])
    rng = random.Random(7)
    tried = (forged(rng, authentic) for _ in range(10_000))
    assert any(lazy(request, [secret]) for request, secret in tried if request != authentic.request)


def test_old_instants_age() -> None:
    for code, first, last in (("stripe", -300, 300), ("svix", -300, 300), ("mailgun", -300, 12 * 3600)):
        authentic = SENDERS[code]()
        for skew, taken in ((first, True), (last, True), (first - 1, False), (last + 1, False)):
            late = replace(authentic.request, now_s=authentic.request.now_s + skew)
            assert (scheme_of(code).verify(late, [authentic.secret]) is None) == taken, (code, skew)


def test_tokens_come_in_three_places() -> None:
    secret = "a long random text/+=ä"
    for url, headers in (
        ("https://h/hooks/x", {"x-earnest-token": secret}),
        ("https://h/hooks/x", {"authorization": f"Bearer {secret}"}),
        ("https://h/hooks/x?a=1&token=a%20long%20random%20text%2F%2B%3D%C3%A4", {}),
    ):
        assert scheme_of("token").verify(Request("POST", url, headers, b"", 0.0), ["other", secret]) is None
        assert scheme_of("token").verify(Request("POST", url, headers, b"", 0.0), ["other"]) is not None
    twice = Request("POST", "https://h/?token=ab&token=ab", {}, b"", 0.0)
    assert scheme_of("token").verify(twice, ["ab"]) is not None


def test_mailgun_takes_forms_and_the_main_accounts_signature() -> None:
    signed = hex_sha256(b"main-key", b"1790000000" + b"t" * 50)
    form = f"timestamp=1790000000&token={'t' * 50}&signature={signed}&event=opened".encode()
    request = Request(
        "POST", "https://h/", {"content-type": "application/x-www-form-urlencoded"}, form, 1_790_000_000.0
    )
    assert scheme_of("mailgun").verify(request, ["main-key"]) is None
    fields = f'"timestamp":"1790000000","token":"{"t" * 50}","signature":"{"0" * 64}","parent-signature":"{signed}"'
    nested = replace(
        request, body=f'{{"signature":{{{fields}}}}}'.encode(), headers={"content-type": "application/json"}
    )
    assert scheme_of("mailgun").verify(nested, ["main-key"]) is None
    assert scheme_of("mailgun").verify(nested, ["other-key"]) is not None

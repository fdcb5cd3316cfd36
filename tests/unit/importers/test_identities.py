"""Identities in SQL equal identities in Python: canonical numbers, contact keys, content keys and zones."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import random
from collections.abc import Iterator

import duckdb
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from earnest.events import keys
from earnest.events.identity import canonical_phone, recipient_zone
from earnest.importers.identities import identify, register_keys
from earnest.warehouse import duck

KEY = bytes(range(32))


@contextlib.contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with contextlib.closing(duck.connect()) as con:
        register_keys(con, KEY)
        yield con


Found = dict[str, tuple[str, int, int | None, str]]


def identified(texts: list[str], hint: str, *, region: str | None = None) -> Found:
    """Raw text → (scheme, key, zone, digest), as the importer finds them."""
    with engine() as con:
        con.execute(f"CREATE TABLE checked AS SELECT unnest($1::VARCHAR[]) AS {hint}, NULL::VARCHAR AS reason", [texts])
        identify(con, [(hint, hint)], file_hash="f" * 64, region=region)
        rows = con.execute("SELECT raw, identity_scheme, contact_key, zone, digest FROM identified").fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return {raw: (scheme, key, zone, digest) for raw, scheme, key, zone, digest in rows}


def by_hand(identity: str) -> tuple[int, str]:
    digest = hmac.new(KEY, identity.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big", signed=True), digest.hex()


def numbers(seed: int, per_region: int) -> list[str]:
    """Example numbers of every country and type, as people and systems write them, and near misses."""
    rng = random.Random(seed)
    found: set[str] = set()
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in PhoneNumberType.values():
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            e164 = phonenumbers.format_number(example, PhoneNumberFormat.E164)
            national = phonenumbers.national_significant_number(example)
            code = str(example.country_code)
            found.update(
                (
                    e164,
                    e164[1:],
                    "00" + e164[1:],
                    f"+{code} (0) {national}",
                    f"+{code}0{national}",
                    f"+{code}1{national}",
                )
            )
            found.add(phonenumbers.format_number(example, PhoneNumberFormat.INTERNATIONAL))
            for _ in range(per_region):
                length = max(1, len(national) + rng.choice((-2, -1, 0, 0, 0, 1)))
                digits = "".join(rng.choice("0123456789") for _ in range(length))
                found.add(f"+{code}{digits}")
                found.add(f"+{code} {digits[:3]}{rng.choice([' ', '-', '.', ') (', ' - '])}{digits[3:]}")
    return sorted(found)


@pytest.mark.parametrize("hint", ["phone", "wa_id"])
def test_the_fast_path_is_libphonenumber(hint: str) -> None:
    texts = numbers(seed=20261122, per_region=1)
    found = identified(texts, hint)
    for text in texts:
        e164 = canonical_phone(f"+{text.lstrip('+')}" if hint == "wa_id" else text, None)
        if e164 is None:
            assert text not in found, text
        else:
            key, digest = by_hand(f"tel:{e164}")
            assert found.get(text) == ("tel", key, recipient_zone(e164), digest), (text, e164)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_the_fast_path_on_many_more_numbers(seed: int) -> None:
    texts = numbers(seed, per_region=40)
    found = identified(texts, "phone")
    wanted = {text: canonical_phone(text, None) for text in texts}
    assert {text: found[text][1] if text in found else None for text in texts} == {
        text: by_hand(f"tel:{e164}")[0] if e164 else None for text, e164 in wanted.items()
    }


@pytest.mark.parametrize(
    ("e164", "writings"),
    [
        ("+442079460958", ["+44 (0) 20 7946 0958", "+44 20 7946 0958", "00442079460958", "+44-20-7946-0958"]),
        ("+390669812345", ["+39 06 698 12345", "+390669812345", "0039 06 69812345"]),
        ("+525512345678", ["+525512345678", "+5215512345678", "+52 1 55 1234 5678", "0052 1 55 1234 5678", "+52 (1) 55 1234-5678"]),
        ("+4915112345678", ["+4915112345678", "+49 (0) 151 12345678", "+49 151/12345678", "0049 151 123 456 78"]),
        ("+5511987654321", ["+55 11 98765-4321", "+55 (11) 98765-4321"]),
        ("+12125550123", ["+1 (212) 555-0123", "+1.212.555.0123", "0012125550123"]),
    ],
)  # fmt: skip
def test_however_a_number_is_written_it_is_one_contact(e164: str, writings: list[str]) -> None:
    found = identified(writings, "phone")
    assert {text: found[text][1] for text in writings} == dict.fromkeys(writings, by_hand(f"tel:{e164}")[0])


def test_whatsapp_ids_meet_the_numbers_of_crm_files() -> None:
    found = identified(["5215512345678", "4915112345678", "393331234567"], "wa_id")
    numbers_ = identified(["+52 55 1234 5678", "+49 151 12345678", "+39 333 1234567"], "phone")
    assert {one[1] for one in found.values()} == {one[1] for one in numbers_.values()}


def test_national_numbers_need_a_region_and_get_only_that_one() -> None:
    assert identified(["020 7946 0958", "0151 12345678"], "phone") == {}
    assert identified(["020 7946 0958"], "phone", region="GB")["020 7946 0958"][1] == by_hand("tel:+442079460958")[0]
    german = identified(["0151 12345678", "+44 20 7946 0958"], "phone", region="DE")
    assert german["0151 12345678"][1] == by_hand("tel:+4915112345678")[0]
    assert german["+44 20 7946 0958"][1] == by_hand("tel:+442079460958")[0]


@pytest.mark.parametrize(
    "text", ["hello", "+", "+49 151 12345678 oder 9", "+999123456789", "12345", "+4915112345678901234"]
)
def test_what_is_no_number_has_no_contact(text: str) -> None:
    assert identified([text], "phone") == {}


def test_schemes_of_the_contact_column() -> None:
    found = identified(["+4915112345678", "A.b@EXAMPLE.org", "C-1001", "4915112345678", "a@b@c"], "contact")
    assert {raw: (one[0], one[1]) for raw, one in found.items()} == {
        "+4915112345678": ("tel", by_hand("tel:+4915112345678")[0]),
        "A.b@EXAMPLE.org": ("mailto", by_hand("mailto:A.b@example.org")[0]),
        "C-1001": ("ext", by_hand("ext:C-1001")[0]),
        "4915112345678": ("ext", by_hand("ext:4915112345678")[0]),
    }


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80), min_size=1, max_size=20
    ),
    st.binary(min_size=32, max_size=32),
)
def test_keys_in_sql_equal_keys_in_python(texts: list[str], secret: bytes) -> None:
    with contextlib.closing(duck.connect()) as con:
        register_keys(con, secret)
        rows = con.execute(
            "SELECT t, content_key(t), contact_digest(t), digest_key(contact_digest(t)) FROM (SELECT unnest($1::VARCHAR[]) AS t)",
            [texts],
        ).fetchall()
    for text, content, digest, key in rows:
        hand = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
        assert content == keys.content_key(text) == hand
        assert (
            bytes.fromhex(digest)
            == keys.contact_digest(secret, text)
            == hmac.new(secret, text.encode(), hashlib.sha256).digest()
        )
        assert key == keys.contact_key(secret, text)


@pytest.mark.parametrize("first", ["0000000000000000", "7fffffffffffffff", "8000000000000000", "ffffffffffffffff"])
def test_keys_are_signed_64_bit(first: str) -> None:
    with engine() as con:
        (key,) = con.execute("SELECT digest_key($1)", [first + "0" * 48]).fetchall()[0]
    assert key == int.from_bytes(bytes.fromhex(first), "big", signed=True)

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
from earnest.events.identity import TWO_DIGIT_CODES, canonical_phone, recipient_zone
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


def test_what_is_filled_in_where_nobody_is_known_is_nobody() -> None:
    nobody = ["guest@shop.example", "NoReply@shop.example", "n/a@x.example", "kim@localhost", "kim@mail.invalid"]
    people = ["kim@shop.example", "guest.kim@shop.example", "testa@x.example", "kim@invalid.example"]
    assert set(identified([*nobody, *people], "email")) == set(people)
    nobody = ["woocommerce:0", "shopify:null", "stripe:None", "shopify:", "0", "NULL"]
    people = ["woocommerce:10", "10", "00-0", "kim:7:0", "nullarbor"]
    assert set(identified([*nobody, *people], "contact")) == set(people)
    nobody = ["+10000000000", "+49 111 111 11", "+491111111111"]
    people = ["+12025550100", "+49 111 111 12", "+4915112345678"]
    assert set(identified([*nobody, *people], "phone")) <= set(people)
    assert {"+12025550100", "+4915112345678"} <= set(identified([*nobody, *people], "phone"))
    assert identified(["10000000000", "12025550100"], "wa_id").keys() == {"12025550100"}


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
        e164 = canonical_phone(text, None, wa_id=hint == "wa_id")
        if e164 is None:
            assert text not in found, text
        else:
            key, digest = by_hand(f"tel:{e164}")
            assert found.get(text) == ("tel", key, recipient_zone(e164), digest), (text, e164)


REGIONS = ["DE", "GB", "US", "CA", "BR", "AR", "MX", "IT", "ES", "IN", "CN", "JP", "KR", "RU", "KZ", "CI", "BJ", "HU", "LT", "CO", "SM", "AU"]  # fmt: skip


def at_home(seed: int, region: str, count: int) -> list[str]:
    """Numbers as people of a region write them: with and without trunk prefix, and random digits of many lengths."""
    rng = random.Random(f"{seed}{region}")
    code = str(phonenumbers.country_code_for_region(region))
    found: set[str] = set()
    for kind in PhoneNumberType.values():
        example = phonenumbers.example_number_for_type(region, kind)
        if example is not None:
            found.add(phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL))
            found.add(phonenumbers.national_significant_number(example))
    starts = ["", "0", "00", "0(0", "8", "1", "01", "044", "15", "0 11 15 ", "011 ", code, "0" + code, "(0"]
    for _ in range(count):
        digits = "".join(rng.choice("0123456789") for _ in range(rng.randint(4, 12)))
        cut = rng.randint(0, len(digits))
        found.add(rng.choice(starts) + digits[:cut] + rng.choice(["", " ", "-", ".", ") "]) + digits[cut:])
    return sorted(found)


@pytest.mark.parametrize("region", REGIONS)
def test_the_fast_path_at_home_is_libphonenumber(region: str) -> None:
    texts = at_home(20261122, region, 300)
    found = identified(texts, "phone", region=region)
    wanted = {text: canonical_phone(text, region) for text in texts}
    assert {text: found[text][1] if text in found else None for text in texts} == {
        text: by_hand(f"tel:{e164}")[0] if e164 else None for text, e164 in wanted.items()
    }


def stands_for_nobody(e164: str) -> bool:
    """Whether the national part is one digit again and again, as forms are filled in."""
    size = 1 if e164[1] in "17" else 2 if e164[1:3] in TWO_DIGIT_CODES else 3
    return len(set(e164[1 + size :])) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["+52", "+54", "+55", "+225", "+229", "+39", "+44", "+49", "+86", "+7", "+1", "00549", "52", "549"]),
            st.text("0123456789", min_size=5, max_size=14),
        ),
        min_size=1,
        max_size=60,
    ),
    st.sampled_from(["phone", "wa_id"]),
)  # fmt: skip
def test_sql_and_python_agree_where_plans_have_rules(parts: list[tuple[str, str]], hint: str) -> None:
    texts = sorted({code + digits for code, digits in parts})
    found = identified(texts, hint)
    wanted = {text: canonical_phone(text, None, wa_id=hint == "wa_id") for text in texts}
    assert {text: found[text][1] if text in found else None for text in texts} == {
        text: by_hand(f"tel:{e164}")[0] if e164 and not stands_for_nobody(e164) else None
        for text, e164 in wanted.items()
    }


def test_where_no_rule_of_ours_applies_the_answer_is_libphonenumbers_own() -> None:
    """The reference is libphonenumber alone: parse, possible with its area code, E.164."""
    ruled = {"52", "54", "55", "225", "229"}
    for text in numbers(seed=7, per_region=2):
        if not text.startswith(("+", "00")):
            continue
        try:
            number = phonenumbers.parse("+" + text.lstrip("+") if not text.startswith("00") else "+" + text[2:], None)
        except phonenumbers.NumberParseException:
            continue
        if str(number.country_code) in ruled:
            continue
        if any(character.isalpha() for character in text):
            continue
        possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
        own = phonenumbers.format_number(number, PhoneNumberFormat.E164) if possible else None
        if own and phonenumbers.format_number(phonenumbers.parse(own, None), PhoneNumberFormat.E164) != own:
            own = None  # libphonenumber reads its own answer as another number
        assert canonical_phone(text, None) == own, text


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("hint", ["phone", "wa_id"])
def test_the_fast_path_on_many_more_numbers(seed: int, hint: str) -> None:
    texts = numbers(seed, per_region=40)
    found = identified(texts, hint)
    wanted = {text: canonical_phone(text, None, wa_id=hint == "wa_id") for text in texts}
    assert {text: found[text][1] if text in found else None for text in texts} == {
        text: by_hand(f"tel:{e164}")[0] if e164 and not stands_for_nobody(e164) else None
        for text, e164 in wanted.items()
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


ONE_PERSON = [
    ("+5491123456789", "wa_id", ["5491123456789", "541123456789", "+54 11 2345 6789"]),
    ("+5491123456789", "phone", ["+54 9 11 2345-6789", "+54 11 15 2345-6789", "+54 (0)11 15 2345 6789", "+54 9 11 15 2345-6789"]),
    ("+541123456789", "phone", ["+54 11 2345-6789", "+54 (011) 2345-6789"]),
    ("+5493584123456", "phone", ["+54 9 358 412-3456", "+54 0358 15 412-3456", "+54 9 358 15 412-3456"]),
    ("+5531987654321", "wa_id", ["553187654321", "5531987654321"]),
    ("+5531987654321", "phone", ["+55 31 8765-4321", "+55 (31) 98765-4321", "+55 31 98765 4321", "+55 0 31 8765-4321"]),
    ("+553133334444", "phone", ["+55 31 3333-4444", "+55 (31) 3333 4444"]),
    ("+553133334444", "wa_id", ["553133334444"]),
    ("+525512345678", "wa_id", ["5215512345678", "525512345678"]),
    ("+525512345678", "phone", ["+52 044 55 1234 5678", "+52 01 55 1234 5678", "+52 1 55 1234 5678"]),
    ("+2250708091011", "wa_id", ["22508091011", "2250708091011"]),
    ("+2250545061112", "phone", ["+225 45 06 11 12", "+225 05 45 06 11 12"]),
    ("+2250140123456", "phone", ["+225 40 12 34 56", "+225 01 40 12 34 56"]),
    ("+2252720212345", "phone", ["+225 20 21 23 45", "+225 27 20 21 23 45"]),
    ("+2252520012345", "phone", ["+225 20 01 23 45", "+225 25 20 01 23 45"]),
    ("+2252120812345", "phone", ["+225 20 81 23 45", "+225 21 20 81 23 45"]),
    ("+2290197123456", "wa_id", ["22997123456", "2290197123456"]),
    ("+2290121301234", "phone", ["+229 21 30 12 34", "+229 01 21 30 12 34"]),
    ("+390669812345", "wa_id", ["390669812345"]),
    ("+442079460958", "wa_id", ["442079460958", "4402079460958"]),
    ("+4915112345678", "phone", ["+49 0151 12345678", "+49 (0)151 12345678", "+49015112345678"]),
]  # fmt: skip


@pytest.mark.parametrize(("e164", "hint", "writings"), ONE_PERSON)
def test_plans_of_numbers_old_and_new_are_one_person(e164: str, hint: str, writings: list[str]) -> None:
    found = identified(writings, hint)
    assert {text: found.get(text, ("", 0))[1] for text in writings} == dict.fromkeys(
        writings, by_hand(f"tel:{e164}")[0]
    )
    assert {canonical_phone(text, None, wa_id=hint == "wa_id") for text in writings} <= {e164}


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("8765-4321", "BR"),
        ("+55 98765-4321", None),
        ("15 2345-6789", "AR"),
        ("+54 15 2345 6789", None),
        ("555-0123", "US"),
        ("+225 60 12 34 56", None),
        ("+225 12 34 56 78", None),
    ],
)
def test_what_lacks_its_area_code_or_has_no_successor_is_nobodys(text: str, region: str | None) -> None:
    """A subscriber number alone belongs to someone else in every city; an old number without a certain successor to none."""
    assert canonical_phone(text, region) is None
    assert identified([text], "phone", region=region) == {}


@pytest.mark.parametrize(
    "text", ["order 15112345678", "foo1234567", "0800 FLOWERS", "030 1234567 x12", "030 1234567 ext. 12"]
)
def test_a_number_found_in_words_or_behind_a_switchboard_is_nobodys(text: str) -> None:
    assert canonical_phone(text, "DE") is None
    assert identified([text], "phone", region="DE") == {}


@pytest.mark.parametrize("text", ["tel:+4915112345678", "whatsapp:+4915112345678", "TEL:+49-151-12345678"])
def test_links_are_numbers(text: str) -> None:
    assert canonical_phone(text, None) == "+4915112345678"


def test_at_home_an_argentine_mobile_is_written_with_15() -> None:
    assert canonical_phone("011 15 2345-6789", "AR") == "+5491123456789"
    assert canonical_phone("011 2345-6789", "AR") == "+541123456789"


def test_business_scoped_ids_are_opaque_and_case_sensitive() -> None:
    """The id is text, whatever it looks like; at most 256 characters."""
    texts = ["US.13491208655302741918", "us.13491208655302741918", "user.ab12", "4915112345678", "x" * 256, "y" * 257]
    found = identified(texts, "bsuid")
    assert {raw: (one[0], one[1], one[2]) for raw, one in found.items()} == {
        text: ("bsuid", by_hand(f"bsuid:{text}")[0], None) for text in texts[:-1]
    }


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

"""Regions and given-out ranges in SQL are libphonenumber's own answers."""

from __future__ import annotations

import contextlib
import random

import duckdb
import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from earnest.importers.number_regions import given_out_sql, region_sql


def numbers(seed: int, per_region: int) -> list[tuple[str, str]]:
    """(calling code, national part): examples of every region and kind, and random digits of like length."""
    rng = random.Random(seed)
    found = set()
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in PhoneNumberType.values():
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            national = phonenumbers.national_significant_number(example)
            found.add((str(example.country_code), national))
            for _ in range(per_region):
                kept = rng.randint(0, len(national))
                rest = "".join(
                    rng.choice("0123456789") for _ in range(len(national) - kept + rng.choice((-1, 0, 0, 0, 1)))
                )
                found.add((str(example.country_code), national[:kept] + rest))
    return sorted(pair for pair in found if len(pair[1]) > 2)


def by_libphonenumber(code: str, national: str) -> tuple[str | None, bool]:
    number = phonenumbers.PhoneNumber(country_code=int(code), national_number=int(national))
    zeros = len(national) - len(national.lstrip("0"))
    if zeros:
        number.italian_leading_zero = True
        number.number_of_leading_zeros = zeros
    return phonenumbers.region_code_for_number(number), phonenumbers.is_valid_number(number)


@pytest.mark.parametrize("per_region", [2, pytest.param(60, marks=pytest.mark.soak)])
def test_regions_and_ranges_are_libphonenumbers(per_region: int) -> None:
    told = numbers(20261122, per_region)
    codes = {code for code, _ in told}
    query = (
        f"SELECT code, national, region, {given_out_sql(codes)}"
        f" FROM (SELECT *, {region_sql(codes)} AS region FROM (SELECT unnest($1::VARCHAR[]) AS code, unnest($2::VARCHAR[]) AS national))"
    )
    with contextlib.closing(duckdb.connect()) as con:
        rows = con.execute(query, [list(part) for part in zip(*told, strict=True)]).fetchall()
    wanted = {pair: by_libphonenumber(*pair) for pair in told}
    found = {(code, national): (region, valid) for code, national, region, valid in rows}
    assert {pair: (found[pair], answer) for pair, answer in wanted.items() if found[pair] != answer} == {}


def test_no_codes_no_answer() -> None:
    assert region_sql([]) == "NULL::VARCHAR"
    assert given_out_sql([]) == "false"

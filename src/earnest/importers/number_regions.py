"""Which region a number belongs to, and whether its range has been given out: libphonenumber's patterns, as SQL.

A number of possible length can be imported; checking a list before sending asks for more. A property test compares
both answers with libphonenumber's own.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from earnest.importers.parsing import quote

_KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan", "voicemail",
)  # fmt: skip
NOWHERE = "001"
"""What libphonenumber calls the region of calling codes that belong to no country."""


def region_sql(codes: Iterable[str], *, code: str = "code", national: str = "national") -> str:
    """SQL of the region of a number, null where its calling code serves several and none has such numbers.

    Args:
        codes: calling codes that occur, so that no pattern is compiled in vain.
        code, national: SQL of the calling code and of the national part.
    """
    import phonenumbers

    cases = []
    for one in sorted(codes):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(one), ())
        if len(regions) == 1:
            cases.append(f"WHEN {quote(one)} THEN {quote(regions[0])}")
        elif regions:
            tests = " ".join(f"WHEN {_belongs(one, region, national)} THEN {quote(region)}" for region in regions)
            cases.append(f"WHEN {quote(one)} THEN CASE {tests} END")
    return f"CASE {code} {' '.join(cases)} END" if cases else "NULL::VARCHAR"


def given_out_sql(
    codes: Iterable[str], *, region: str = "region", code: str = "code", national: str = "national"
) -> str:
    """SQL: whether the region of a number has given out its range."""
    import phonenumbers

    cases = []
    for one in sorted(codes):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(one), ())
        tests = " ".join(f"WHEN {quote(r)} THEN {_fits(one, r, national)}" for r in regions)
        if tests:
            cases.append(f"WHEN {quote(one)} THEN coalesce(CASE {region} {tests} END, false)")
    return f"coalesce(CASE {code} {' '.join(cases)} END, false)" if cases else "false"


def _belongs(code: str, region: str, national: str) -> str:
    """By leading digits where the region has some, else by all its patterns."""
    _, _, leading = _patterns(code, region)
    return f"regexp_matches({national}, {quote(f'^(?:{leading})')})" if leading else _fits(code, region, national)


def _fits(code: str, region: str, national: str) -> str:
    general, kinds, _ = _patterns(code, region)
    return f"(regexp_full_match({national}, {quote(general)}) AND regexp_full_match({national}, {quote(kinds)}))"


@functools.cache
def _patterns(code: str, region: str) -> tuple[str, str, str | None]:
    """General pattern, those of all kinds of numbers in one, and that of the leading digits."""
    import phonenumbers

    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    assert metadata is not None, region
    kinds = (getattr(metadata, kind) for kind in _KINDS)
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern]
    general = metadata.general_desc.national_number_pattern or "" if metadata.general_desc else ""
    return general, "|".join(f"(?:{pattern})" for pattern in patterns), metadata.leading_digits

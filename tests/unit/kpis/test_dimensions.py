"""Dimensions and filters as they are written, and what rows can be cut by."""

from __future__ import annotations

import pytest

from earnest.kernel.errors import UsageError
from earnest.kpis.dimensions import DIMENSIONS, Filter, check_values, dimension, read_filters, unknown_to
from earnest.kpis.measures import all_measures
from earnest.kpis.measures.measure import DAYS


def test_filters_of_one_name_are_alternatives_and_of_several_all_hold() -> None:
    found = read_filters(["channel=sms", "purpose = service", "channel=email", "channel=sms", "template=a=b"])
    assert found == (Filter("channel", ("sms", "email")), Filter("purpose", ("service",)), Filter("template", ("a=b",)))


@pytest.mark.parametrize("text", ["channel", "=sms", "channel=", "", "=", "channel sms"])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_filters([text])
    assert refused.value.code == "bad-filter"


def test_an_unknown_dimension_is_told_the_closest() -> None:
    with pytest.raises(UsageError, match="did you mean 'country'") as refused:
        dimension("county")
    assert refused.value.code == "no-such-dimension"
    assert refused.value.hint is not None
    assert "campaign, programme" in refused.value.hint


def test_an_unknown_value_is_told_which_there_are() -> None:
    check_values("channel", ["sms"], ["sms", "whatsapp"])
    with pytest.raises(UsageError, match="did you mean 'whatsapp'") as refused:
        check_values("channel", ["sms", "whatsap"], ["sms", "whatsapp"])
    assert refused.value.code == "no-such-value"
    assert refused.value.hint is not None
    assert "There are: sms, whatsapp." in refused.value.hint


@pytest.mark.parametrize(
    ("columns", "day", "known"),
    [
        (("label_key", "message_key", "day"), "send", list(DIMENSIONS)),
        (("label_key", "day"), "send", ["campaign", "programme", "purpose", "channel", "template", "variant", "weekday"]),
        (("label_key", "day"), "order", ["campaign", "programme", "purpose", "channel", "template", "variant"]),
        (("campaign", "day"), "cost", ["campaign", "programme", "purpose", "channel"]),
        (("contact_key", "day"), "order", []),
    ],
)  # fmt: skip
def test_what_rows_can_be_cut_by(columns: tuple[str, ...], day: str, known: list[str]) -> None:
    assert [name for name in DIMENSIONS if not unknown_to(columns, [name], day=day)] == known


def test_measures_are_declared_once_and_count_on_a_known_day() -> None:
    found = all_measures()
    assert len(found) > 30
    assert {one.day for one in found.values()} <= set(DAYS)
    for one in found.values():
        assert one.meaning, one.id
        assert {part for part, _ in one.made_of} <= set(found), one.id
        assert bool(one.rows) != bool(one.made_of), f"{one.id} has rows of its own or is made of others"

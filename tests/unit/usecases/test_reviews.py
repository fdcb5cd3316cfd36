"""Reviews: read from files, counted once, summed up; and sales around them, which prove nothing and never say that they do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from earnest.kernel.errors import NotFound
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.usecases.review_sales import ReviewSales, review_sales
from earnest.usecases.reviews import list_reviews, summed_reviews
from earnest.usecases.workspace import Workspace

Import = Callable[..., Any]
Query = Callable[..., list[tuple[Any, ...]]]


def test_a_review_is_read_with_its_stars_words_and_person(imported: Import, query: Query) -> None:
    told = imported(
        "reviews", "id,product_id,stars,text,email,date",
        'r1,TEA,4.5,"Good, call +49 151 12345678 or ann@x.example",ann@shop.example,2026-09-01T10:00:00Z',
        "r2,TEA,5,,,2026-09-02T10:00:00Z",
        "r3,TEA,6,,,2026-09-02T10:00:00Z",
        "r4,,5,,,2026-09-02T10:00:00Z",
    )  # fmt: skip
    assert told.counts.reasons == {"rating-out-of-scale": 1, "missing": 1}
    rows = query(
        "SELECT review_id, sku, rating_milli, scale_milli, words, contact_key IS NULL FROM event_review ORDER BY 1"
    )
    assert rows == [("r1", "TEA", 4500, 5000, "Good, call ••• or •••", False), ("r2", "TEA", 5000, 5000, None, True)]


def test_the_scale_may_be_told_and_long_words_are_cut_not_refused(imported: Import, query: Query) -> None:
    told = imported(
        "reviews", "review_id,sku,rating,out_of,body,reviewed_at", f"r1,TEA,8,10,{'x' * 9000},2026-09-01T10:00:00Z"
    )
    assert told.counts.accepted == 1
    assert query("SELECT rating_milli, scale_milli, length(words) FROM event_review") == [(8000, 10000, 4000)]


def test_a_review_told_again_is_one_and_the_last_telling_counts(workspace: Workspace, imported: Import) -> None:
    header = "review_id,sku,rating,words,reviewed_at"
    imported("reviews", header, "r1,TEA,2,cold,2026-09-01T10:00:00Z", "r2,TEA,5,,2026-09-02T10:00:00Z")
    imported("reviews", header, "r1,TEA,4,warm after all,2026-09-01T10:00:00Z")
    assert [(one.sku, one.stars, one.words) for one in list_reviews(workspace)] == [
        ("TEA", 5.0, None), ("TEA", 4.0, "warm after all"),
    ]  # fmt: skip
    with pytest.raises(NotFound, match="did you mean 'TEA'"):
        list_reviews(workspace, "TEE")


def test_an_average_takes_five_reviews_and_scales_are_made_one(workspace: Workspace, imported: Import) -> None:
    rows = [f"t{n},TEA,{stars},5,2026-09-0{n}T10:00:00Z" for n, stars in enumerate((5, 4, 4, 3), 1)]
    rows += ["t5,TEA,8,10,2026-09-05T10:00:00Z", "c1,CUP,1,5,2026-09-05T10:00:00Z"]
    imported("reviews", "review_id,sku,rating,scale,reviewed_at", *rows)
    tea, cup = summed_reviews(workspace)
    assert isinstance(tea.stars, Estimate)
    assert (tea.reviews, tea.stars.value, tea.good) == (5, pytest.approx(4.0), 4)
    assert isinstance(tea.good_share, Estimate)
    assert (tea.good_share.low, tea.good_share.high) == (
        pytest.approx(0.3755, abs=5e-5),
        pytest.approx(0.9638, abs=5e-5),
    )  # Wilson, 4 of 5
    assert isinstance(cup.stars, Unavailable)
    assert cup.stars.code == "too-few-reviews"


FIRST, REVIEWED = date(2026, 8, 1), date(2026, 9, 1)


class Stall:
    """Items A0, A1 … with a first review on 1 September, B0, B1 … without one; each sells as a rule says, every day."""

    def __init__(self, imported: Import) -> None:
        self.imported = imported

    def sells(
        self, items: int, others: int, *, own: Callable[[date], int], rest: Callable[[date], int], days: int = 61
    ) -> None:
        lines = []
        for day in (FIRST + timedelta(days=n) for n in range(days)):
            sold = [(f"A{n}", own(day)) for n in range(items)] + [(f"B{n}", rest(day)) for n in range(others)]
            lines += [f"{sku}-{day},{day}T10:00:00Z,{sku},{count},{count}.00" for sku, count in sold]
        self.imported("orders", "order_id,ordered_at,sku,quantity,line_amount", *lines)

    def reviews(self, items: int, *, stars: Callable[[int], int] = lambda _: 5) -> None:
        lines = [f"r{n},A{n},{stars(n)},{REVIEWED}T10:00:00Z" for n in range(items)]
        self.imported("reviews", "review_id,sku,rating,reviewed_at", *lines)


@pytest.fixture
def stall(imported: Import) -> Stall:
    return Stall(imported)


def ratio(found: ReviewSales, place: int = 0) -> float:
    figure = found.groups[place].ratio
    assert isinstance(figure, Estimate), figure
    return figure.value


def test_where_popular_items_get_reviewed_and_nothing_follows_no_effect_is_claimed(
    workspace: Workspace, stall: Stall
) -> None:
    stall.sells(12, 12, own=lambda _: 4, rest=lambda _: 1)
    stall.reviews(12)
    found = review_sales(workspace, days=28)
    assert ratio(found) == pytest.approx(1.0)
    assert (found.with_reviews.each, found.without_reviews.each) == (4 * 28, 28), "and yet they sell four times as much"
    told = found.to_json()["claim"]
    assert (told["proven"], told["basis"]) == (False, "association")
    assert "popular items get reviewed" in told["words"]
    assert not {"lift", "effect", "caused", "increase"} & set(told["words"].split())


def test_a_season_that_lifts_all_items_is_taken_out(workspace: Workspace, stall: Stall) -> None:
    stall.sells(12, 12, own=lambda day: 8 if day > REVIEWED else 4, rest=lambda day: 2 if day > REVIEWED else 1)
    stall.reviews(12)
    found = review_sales(workspace, days=28)
    own, others = found.groups[0].own, found.groups[0].others
    assert isinstance(own, Estimate)
    assert isinstance(others, Estimate)
    assert own.value == pytest.approx((28 * 8 + 0.5) / (28 * 4 + 0.5))
    assert others.value == pytest.approx((12 * 28 * 2 + 0.5) / (12 * 28 + 0.5))
    assert ratio(found) == pytest.approx(own.value / others.value)


def test_what_follows_a_review_is_measured_and_still_only_an_association(workspace: Workspace, stall: Stall) -> None:
    stall.sells(12, 12, own=lambda day: 6 if day > REVIEWED else 3, rest=lambda _: 2)
    stall.reviews(12, stars=lambda n: 5 if n < 11 else 2)
    found = review_sales(workspace, days=28)
    assert ratio(found) == pytest.approx(168.5 / 84.5)
    assert [one.items for one in found.groups] == [12, 11, 1]
    few = found.groups[2].ratio
    assert isinstance(few, Unavailable)
    assert few.code == "too-few-items"
    assert found.to_json()["claim"]["proven"] is False


@pytest.mark.parametrize(
    ("items", "others", "days", "reviewed", "code"),
    [
        (12, 12, 61, 0, "no-reviews"),
        (9, 12, 61, 9, "too-few-items"),
        (12, 12, 45, 12, "too-few-days"),
        (12, 0, 61, 12, "nothing-to-compare"),
        (12, 12, 0, 12, "no-order-lines"),
    ],
)
def test_with_too_little_it_refuses(
    workspace: Workspace, stall: Stall, items: int, others: int, days: int, reviewed: int, code: str
) -> None:
    """45 days end on 14 September: 28 days after the first review are not known."""
    if days:
        stall.sells(items, others, own=lambda _: 3, rest=lambda _: 2, days=days)
    if reviewed:
        stall.reviews(reviewed)
    for group in review_sales(workspace, days=28).groups:
        assert isinstance(group.ratio, Unavailable)
        assert group.ratio.code == code
        assert group.ratio.remedy


def test_cancelled_orders_and_lines_of_older_tellings_sell_nothing(
    workspace: Workspace, imported: Import, stall: Stall
) -> None:
    stall.sells(12, 12, own=lambda _: 3, rest=lambda _: 2)
    stall.reviews(12)
    before = review_sales(workspace, days=28)
    stall.imported(
        "orders",
        "order_id,ordered_at,sku,quantity,line_amount,status",
        *(f"x{n},2026-09-10T10:00:00Z,A{n},500,500.00,cancelled" for n in range(12)),
    )
    stall.sells(12, 12, own=lambda _: 3, rest=lambda _: 2)
    assert review_sales(workspace, days=28) == before

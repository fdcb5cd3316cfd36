"""Own history, standing and small samples, by hand."""

from __future__ import annotations

import pytest

from earnest.kernel.errors import NotFound, UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kpis.benchmarks import Grade, comparable
from earnest.kpis.benchmarks_history import Standing, from_rows, own_history, standing
from earnest.kpis.benchmarks_own import as_defined, own_benchmark, own_row
from earnest.kpis.benchmarks_shrinkage import Prior, beta_prior, normal_prior, shrink_lift, shrink_rate
from earnest.kpis.catalogue import find


def test_five_campaigns_make_a_history() -> None:
    """Of 1 to 5 the 10th percentile lies 0.4 steps above the first: 1.4; the 90th at 4.6."""
    assert own_history([1, 2, 3, 4]) is None
    found = own_history([3, 1, 5, 2, 4])
    assert found is not None
    assert (found.low, found.high) == pytest.approx((1.4, 4.6))
    assert (found.source, found.count, found.words) == ("own-history", 5, "own history (5 campaigns)")


def test_standing_among_five() -> None:
    """3 of 5 lie below 3.5; Wilson of 3 of 5: 23.1 % to 88.2 %."""
    found = standing(3.5, [1, 2, 3, 4, 5], interval=None, level=0.95)
    assert isinstance(found, Standing)
    assert (found.share, found.peers) == (0.6, 5)
    assert (found.low, found.high) == pytest.approx((0.2307, 0.8824), abs=1e-4)


def test_a_doubtful_figure_stands_less_surely() -> None:
    """With an interval from 1.5 to 4.5 surely 1 of 5 lies below, and at most 4: Wilson's 3.6 % and 96.4 %."""
    found = standing(3.5, [1, 2, 3, 4, 5], interval=(1.5, 4.5), level=0.95)
    assert isinstance(found, Standing)
    assert (found.low, found.high) == pytest.approx((0.0362, 0.9638), abs=1e-4)


def test_ties_count_half_and_four_are_too_few() -> None:
    found = standing(2, [1, 2, 2, 3, 4], interval=None, level=0.95)
    assert isinstance(found, Standing)
    assert found.share == pytest.approx(0.4)
    few = standing(2, [1, 2, 3, 4], interval=None, level=0.95)
    assert isinstance(few, Unavailable)
    assert few.code == "too-few-peers"


def test_a_rate_drawn_to_its_peers() -> None:
    """Prior of 10 in 100: 5 of 20 becomes 15 of 120, a sixth of the weight its own."""
    found = shrink_rate(Prior("beta-binomial", 10, 90, 8), 5, 20, level=0.95)
    assert (found.raw, found.shrunk, found.weight) == pytest.approx((0.25, 0.125, 1 / 6))
    assert found.low < 0.125 < found.high


def test_campaigns_that_do_not_differ_keep_nothing_of_their_own() -> None:
    prior = beta_prior([10, 10, 10, 10, 10], [100] * 5)
    assert prior.mean == pytest.approx(0.1, abs=1e-4)
    assert shrink_rate(prior, 20, 100, level=0.95).weight < 0.001


def test_lifts_that_differ_by_chance_alone_are_drawn_as_far_as_so_few_allow() -> None:
    """No spread beyond the errors: of six, (6 − 3)/(6 − 1) of the deviation goes."""
    prior = normal_prior([1.0, 1.1, 0.9, 1.05, 0.95, 1.0], [1.0] * 6)
    assert prior.b == 0
    assert shrink_lift(prior, 2.0, 1.0, level=0.95).weight == pytest.approx(0.4)


def test_four_make_no_prior() -> None:
    with pytest.raises(UsageError) as refused:
        beta_prior([1, 2, 3, 4], [10] * 4)
    assert refused.value.code == "too-few-peers"


ROW = {"kpi": "ctr", "channel": "WhatsApp", "low": "5%", "high": "0.12", "publisher": "Agency"}


def test_an_own_row_is_kept_in_canonical_words() -> None:
    row = own_row(ROW | as_defined(find("ctr")), currency="EUR")
    assert (row["kpi"], row["channel"], row["unit"]) == ("click_through_rate", "whatsapp", "share")
    assert (row["low"], row["high"], row["grade"]) == ("0.05", "0.12", "own")
    assert row["benchmark_id"] == "agency-whatsapp-click-through-rate-any"
    own = own_benchmark(row)
    definition = find("ctr").comparable
    assert definition is not None
    found = comparable("click_through_rate", definition, channel="whatsapp", own=(own,))
    assert found == (own,)
    typical = from_rows(found)
    assert typical is not None
    assert (typical.source, typical.words) == ("own-rows", "Agency (own, 1 figures)")


def test_an_own_row_without_a_definition_is_never_compared() -> None:
    own = own_benchmark(own_row(ROW, currency="EUR"))
    definition = find("ctr").comparable
    assert definition is not None
    assert comparable("click_through_rate", definition, channel="whatsapp", own=(own,)) == ()


def test_own_rows_go_before_published_ones() -> None:
    definition = find("read_rate").comparable
    assert definition is not None
    published = comparable("read_rate", definition, channel="whatsapp")
    assert published
    text = {"kpi": "read_rate", "channel": "whatsapp", "typical": "66%", "publisher": "Us"} | as_defined(
        find("read_rate")
    )
    own = own_benchmark(own_row(text, currency="EUR"))
    assert own.grade is Grade.OWN
    typical = from_rows(comparable("read_rate", definition, channel="whatsapp", own=(own,)))
    assert typical is not None
    assert (typical.low, typical.high, typical.source) == (0.66, 0.66, "own-rows")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"low": "12"}, "more than the whole"),
        ({"low": "abc"}, "not a number"),
        ({"low": "", "high": ""}, "a figure"),
        ({"low": "0.5"}, "do not rise"),
        ({"publisher": ""}, "needs publisher"),
        ({"unit": "ratio"}, "is in share"),
        ({"kpi": "orders"}, "how large a business is"),
    ],
)
def test_a_bad_row_is_refused_with_what_is_wrong(change: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError) as refused:
        own_row(ROW | change, currency="EUR")
    assert refused.value.code == "bad-benchmark"
    assert says in str(refused.value)


def test_a_kpi_nobody_has_is_refused_with_the_closest() -> None:
    with pytest.raises(NotFound) as refused:
        own_row(ROW | {"kpi": "click_trough_rate"}, currency="EUR")
    assert "click_through_rate" in str(refused.value)

"""Token buckets: so many at once, so many a second, each caller alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from earnest.api.throttle import Limit, Limits, Throttle, clicks_limit


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def _throttle(rate: float, burst: int, kept_max: int = 1_000) -> tuple[Throttle, Clock]:
    clock = Clock()
    return Throttle(Limits(caller=Limit(rate, burst)), clock, kept_max), clock


def test_a_burst_then_the_rate() -> None:
    throttle, clock = _throttle(rate=2, burst=3)
    assert [throttle.take("caller", "a") for _ in range(4)] == [0, 0, 0, 1]
    assert throttle.take("caller", "b") == 0, "others have buckets of their own"
    clock.now_s += 0.5
    assert [throttle.take("caller", "a") for _ in range(2)] == [0, 1]
    clock.now_s += 1_000
    assert [throttle.take("caller", "a") for _ in range(4)] == [0, 0, 0, 1], "no more than a bucket full is saved up"


def test_clicks_of_one_address_are_200_at_once_and_20_a_second_unless_it_is_said_otherwise() -> None:
    assert (Limits().clicks, clicks_limit(200)) == (Limit(rate=20, burst=200),) * 2
    assert clicks_limit(5) == Limit(rate=0.5, burst=5)
    throttle = Throttle(Limits(clicks=clicks_limit(0)), Clock())
    assert {throttle.take("clicks", "a") for _ in range(10_000)} == {0}


def test_the_wait_told_is_long_enough() -> None:
    throttle, clock = _throttle(rate=0.1, burst=1)
    assert throttle.take("caller", "a") == 0
    assert throttle.take("caller", "a") == 10
    clock.now_s += 10
    assert throttle.take("caller", "a") == 0


@given(st.lists(st.floats(0, 3), max_size=60))
def test_never_more_than_burst_and_rate_allow(pauses: list[float]) -> None:
    throttle, clock = _throttle(rate=1.5, burst=4)
    served, begun_s = 0, clock.now_s
    for pause_s in pauses:
        clock.now_s += pause_s
        served += throttle.take("caller", "a") == 0
    assert served <= 4 + 1.5 * (clock.now_s - begun_s) + 1e-6


def test_memory_is_bounded_and_the_busiest_are_kept() -> None:
    throttle, _ = _throttle(rate=1, burst=2, kept_max=10)
    for n in range(1_000):
        throttle.take("caller", f"stranger {n}")
        throttle.take("caller", "busy")
    assert len(throttle._buckets) == 10
    assert throttle.take("caller", "busy") > 0

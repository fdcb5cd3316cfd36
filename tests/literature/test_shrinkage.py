"""Shrinkage against Efron and Morris's eighteen batters (JASA 70, 1975; Scientific American 236, 1977)."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from earnest.kpis.benchmarks_shrinkage import (
    beta_prior,
    gamma_prior,
    normal_prior,
    shrink_count,
    shrink_lift,
    shrink_rate,
)

AT_BATS = 45


@pytest.fixture(scope="module")
def batters(shared_data: Path) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((shared_data / "reference/uncertainty/uncertainty.json").read_text())
    return dict(body["efron_morris_baseball"])


def test_james_stein_factor(batters: dict[str, Any]) -> None:
    """Published: factor .212 of the deviation from .265 is kept; season averages are met three and a half times better."""
    averages = [hits / AT_BATS for hits in batters["hits_in_45"]]
    mean = sum(averages) / len(averages)
    error = math.sqrt(mean * (1 - mean) / AT_BATS)
    prior = normal_prior(averages, [error] * len(averages))
    found = [shrink_lift(prior, one, error, level=0.95) for one in averages]
    assert prior.mean == pytest.approx(0.265, abs=5e-4)
    assert found[0].weight == pytest.approx(0.2117, abs=5e-5)
    assert found[0].weight == pytest.approx(batters["james_stein_factor"], abs=1e-12)
    assert [one.shrunk for one in found] == pytest.approx(batters["james_stein"], abs=1e-12)
    season = batters["season_average"]
    assert sum((one.raw - true) ** 2 for one, true in zip(found, season, strict=True)) == pytest.approx(
        0.0755, abs=5e-5
    )
    assert sum((one.shrunk - true) ** 2 for one, true in zip(found, season, strict=True)) == pytest.approx(
        0.0214, abs=5e-5
    )


def test_beta_binomial_maximum_likelihood(batters: dict[str, Any]) -> None:
    hits = batters["hits_in_45"]
    prior = beta_prior(hits, [AT_BATS] * len(hits))
    assert (prior.a, prior.b) == pytest.approx((210.6, 582.7), abs=0.06)
    assert prior.log_likelihood == pytest.approx(batters["beta_binomial_mle"]["LL_kernel"], abs=1e-8)
    found = [shrink_rate(prior, one, AT_BATS, level=0.95) for one in hits]
    error = sum((one.shrunk - true) ** 2 for one, true in zip(found, batters["season_average"], strict=True))
    assert error == pytest.approx(batters["sse_beta_binomial"], abs=1e-6)
    assert found[0].weight == pytest.approx(45 / (45 + 793.24), abs=1e-5)


def test_gamma_poisson_of_pumps() -> None:
    """Failures of ten pumps (Gaver & O'Muircheartaigh, Technometrics 29, 1987), thousands of hours.

    The marginal likelihood is largest where both of its derivatives vanish, which is checked with the digamma function.
    """
    from scipy.special import digamma

    failures = [5, 1, 5, 14, 3, 19, 1, 1, 4, 22]
    hours = [94.320, 15.720, 62.880, 125.760, 5.240, 31.440, 1.048, 1.048, 2.096, 10.480]
    prior = gamma_prior(failures, hours)
    a, b = prior.a, prior.b
    of_shape = sum(digamma(x + a) - digamma(a) + math.log(b / (b + t)) for x, t in zip(failures, hours, strict=True))
    of_rate = sum(a / b - (x + a) / (b + t) for x, t in zip(failures, hours, strict=True))
    assert (of_shape, of_rate) == pytest.approx((0, 0), abs=1e-5)
    first = shrink_count(prior, 5, 94.320, level=0.95)
    assert first.shrunk == pytest.approx((5 + a) / (94.320 + b))
    assert first.weight == pytest.approx(94.320 / (94.320 + b))
    assert first.low < first.shrunk < first.high

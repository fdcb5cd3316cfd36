"""`make bench`: run every case, print its ratios, fail where one passes its wide bar."""

from __future__ import annotations

import argparse
import sys

from bench import (
    attribution,
    engines,
    experiments,
    freshness,
    imports,
    kpis,
    pages,
    rating,
    redirects,
    serving,
    statuses,
    webhooks,
)
from bench.case import Case

CASES: tuple[Case, ...] = (
    experiments.moments,
    imports.columnar,
    statuses.pipeline,
    engines.engines,
    webhooks.bodies,
    rating.rating,
    serving.serving,
    redirects.redirects,
    freshness.freshness,
    attribution.attribution,
    kpis.kpis,
    pages.pages,
)


def main() -> int:
    """Run the cases asked for; the exit code is 1 if a gate failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="part of a case's name")
    parser.add_argument("--statuses", type=int, default=10_000_000, help="status events of the pipeline case")
    arguments = parser.parse_args()
    failed = []
    for case in CASES:
        if arguments.only and arguments.only not in case.__name__:
            continue
        print(f"\n== {case.__name__}: {(case.__doc__ or '').splitlines()[0]}", flush=True)
        for ratio in case(arguments.statuses):
            print(f"   {ratio.sentence()}", flush=True)
            if ratio.fails:
                failed.append(ratio)
    for ratio in failed:
        print(f"over its bar: {ratio.sentence()}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

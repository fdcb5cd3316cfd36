"""One package on the paths, timed in its own environment: `python attribution_peers.py ca|mam|do PATHS` prints seconds."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable


def channel_attribution(path: str) -> dict[str, float]:
    """Its three heuristics in two metrics, its simulated Markov chain with default settings, order 1 and 3."""
    import ChannelAttribution
    import pandas

    data = pandas.read_parquet(path, columns=["path", "converts", "nulls", "value"])
    told = {"flg_pro": False}

    def markov(order: int) -> object:
        return ChannelAttribution.markov_model(
            data, "path", "converts", var_null="nulls", order=order, sep=">", verbose=False, **told
        )

    return {
        "ca_rules": timed(
            lambda: ChannelAttribution.heuristic_models(data, "path", "converts", "value", sep=">", **told)
        ),
        "ca_markov": timed(lambda: markov(1)),
        "ca_markov_3": timed(lambda: markov(3)),
    }


def marketing_attribution_models(path: str) -> dict[str, float]:
    """Reading the paths, then its five rules together, then its Markov chain."""
    import polars
    from mam import MAM

    data = polars.read_parquet(path).with_columns(
        polars.int_range(polars.len()).cast(polars.String).alias("journey_id"), polars.lit(value=True).alias("every")
    )

    def parsed(converts: str) -> MAM:
        return MAM(data, "journey", "path", converts, time_till_conv_colname="hours", conversion_value_colname="value")

    started = time.perf_counter()
    every = parsed("every")
    parse = time.perf_counter() - started
    some = parsed("converts")
    runs = (
        every.run_first_click,
        every.run_last_click,
        every.run_linear,
        every.run_position_based,
        every.run_time_decay,
    )
    return {"mam_parse": parse, "mam_rules": sum(timed(run) for run in runs), "mam_markov": timed(some.run_markov)}


def do_attribution(path: str) -> dict[str, float]:
    """Its chain of order 1 with the removal that is Earnest's."""
    import pandas
    from do_attribution import MarkovAttribution

    data = pandas.read_parquet(path, columns=["path", "converts"])
    paths, converts = data["path"].tolist(), data["converts"].tolist()
    model = MarkovAttribution(order=1, removal_strategy="redirect_to_null")
    return {"do_markov": timed(lambda: model.fit(paths, converts))}


def timed(work: Callable[[], object]) -> float:
    """Wall seconds of one run."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    peers = {"ca": channel_attribution, "mam": marketing_attribution_models, "do": do_attribution}
    print(json.dumps(peers[sys.argv[1]](sys.argv[2])))

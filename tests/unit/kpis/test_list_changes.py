"""The list grows by changes: a row that tells what is known already is none."""

from __future__ import annotations

import duckdb
import pytest

from earnest.events.failure import failure_reasons
from earnest.kpis.measures import all_measures

CHANNEL, CODE = next(key for key, reason in failure_reasons().items() if reason.counts_as_bad_number)


@pytest.mark.parametrize(
    ("told", "net"),
    [
        ("1 out, 1 in, 1 out", -1),
        ("1 out, 1 out, 1 out", -1),
        ("1 in, 1 in, 1 out", 0),
        ("1 out, 2 out", -2),
        ("1 out, 1 bad", -1),
        ("1 bad", -1),
        ("1 bad, 1 in", 0),
        ("NULL out, NULL out", -2),
    ],
)
def test_the_list_moves_by_changes_of_state(told: str, net: int) -> None:
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE response (label_key BIGINT, contact_key BIGINT, response_key BIGINT, response_day BIGINT, occurred_us BIGINT,"
        " response_kind VARCHAR)"
    )
    con.execute(
        "CREATE TABLE message (label_key BIGINT, contact_key BIGINT, message_key BIGINT, send_day BIGINT, failed_us BIGINT,"
        " delivered_us BIGINT, error_code VARCHAR)"
    )
    con.execute(f"CREATE TABLE label_campaign AS SELECT 7 AS label_key, '{CHANNEL}' AS channel")
    for at, (contact, what) in enumerate(one.split() for one in told.split(", ")):
        if what == "bad":
            con.execute(f"INSERT INTO message VALUES (7, {contact}, {at}, 1, {at}, NULL, '{CODE}')")
        else:
            con.execute(f"INSERT INTO response VALUES (7, {contact}, {at}, 1, {at}, 'opt_{what}')")
    assert con.execute(f"SELECT sum(amount) FROM ({all_measures()['list_net'].rows})").fetchone() == (net,)

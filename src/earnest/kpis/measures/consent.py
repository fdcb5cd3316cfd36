"""The list and how it moves: opt-ins, opt-outs and numbers gone bad, by the day they happened; and visits to the site."""

from earnest.events.failure import failure_reasons
from earnest.kpis.measures.measure import Measure

_BAD = " OR ".join(
    f"(l.channel = '{channel}' AND m.error_code = '{code}')"
    for (channel, code), reason in failure_reasons().items()
    if reason.counts_as_bad_number
)
_OPTS = (
    "SELECT r.label_key AS label_key, r.contact_key AS contact_key, r.response_key AS response_key, r.response_day AS day,"
    " r.occurred_us AS at_us, r.response_kind AS what, {amount} AS amount FROM response AS r WHERE r.response_kind IN ({kinds})"
)
_GONE = (
    "SELECT max_by(m.label_key, (m.failed_us, m.message_key)) AS label_key, m.contact_key AS contact_key,"
    " CAST(NULL AS BIGINT) AS response_key, max_by(m.send_day, (m.failed_us, m.message_key)) AS day, max(m.failed_us) AS at_us,"
    " 'bad number' AS what, -1 AS amount FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key"
    f" WHERE m.failed_us IS NOT NULL AND m.delivered_us IS NULL AND m.contact_key IS NOT NULL AND ({_BAD}) GROUP BY m.contact_key"
)
_TOLD = (
    _OPTS.format(amount="CASE WHEN r.response_kind = 'opt_in' THEN 1 ELSE -1 END", kinds="'opt_in', 'opt_out'")
    + f" UNION ALL {_GONE}"
)
# Of what is told only what changes something: who has left leaves no second time. What nobody's contact tells is taken as it is.
_CHANGES = (
    "SELECT t.label_key AS label_key, t.contact_key AS contact_key, t.response_key AS response_key, t.day AS day, t.at_us AS at_us,"
    " t.what AS what, t.amount AS amount FROM (SELECT o.*, lag(o.amount) OVER (PARTITION BY o.contact_key"
    f" ORDER BY o.at_us, o.response_key NULLS LAST) AS before FROM ({_TOLD}) AS o) AS t"
    " WHERE t.contact_key IS NULL OR t.before IS NULL OR t.before <> t.amount"
)

MEASURES = (
    Measure(
        id="opt_ins",
        meaning="contacts who opted in",
        rows=_OPTS.format(amount="1", kinds="'opt_in'"),
        day="answer",
        once_by="contact_key",
    ),
    Measure(
        id="list_net",
        meaning="contacts who joined less those who left or whose number went bad, each change once",
        rows=_CHANGES,
        day="answer",
    ),
    Measure(
        id="visits",
        meaning="visits to the site",
        rows="SELECT max(e.contact_key) AS contact_key, e.event_key AS event_key, min(e.local_day) AS day,"
        " min(e.occurred_us) AS at_us, 1 AS amount FROM event_session AS e GROUP BY e.event_key",
        day="answer",
    ),
)

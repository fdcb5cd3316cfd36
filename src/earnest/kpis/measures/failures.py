"""Messages that never arrived, by the class of the provider's code."""

from collections.abc import Iterable

from earnest.events.failure import FailureClass, failure_reasons
from earnest.kpis.measures.measure import Measure


def _codes(wanted: Iterable[tuple[str, str]]) -> str:
    return " OR ".join(f"(channel = '{channel}' AND error_code = '{code}')" for channel, code in wanted)


def _failed(name: str, meaning: str, codes: str) -> Measure:
    rows = (
        "SELECT m.label_key AS label_key, m.contact_key AS contact_key, m.message_key AS message_key, m.send_day AS day,"
        " m.error_code AS error_code, 1 AS amount FROM message AS m"
    )
    never = "WHERE m.failed_us IS NOT NULL AND m.delivered_us IS NULL"
    if not codes:
        return Measure(name, meaning, f"{rows} {never}", day="send", cell=("funnel_cell", "failed"))
    return Measure(
        name,
        meaning,
        f"{rows} JOIN label_campaign AS l ON m.label_key = l.label_key {never} AND ({codes})",
        day="send",
        cell=("failure_cell", f"CASE WHEN {codes} THEN failed ELSE 0 END"),
    )


_REASONS = failure_reasons()

MEASURES = (
    _failed("failed", "messages failed and never delivered", ""),
    _failed(
        "capped",
        "messages held back by Meta's per-person marketing limit",
        _codes(key for key, reason in _REASONS.items() if reason.failure_class is FailureClass.CAPPED_BY_META),
    ),
    _failed(
        "bad_number",
        "messages failed because the number is not on the channel, invalid or unreachable",
        _codes(key for key, reason in _REASONS.items() if reason.counts_as_bad_number),
    ),
)

"""Service: how quickly and how finally people are answered. Nothing tells of the agents' side yet."""

from earnest.kpis.kpi import Kpi, Missing

_AGENTS = "Connect the helpdesk's agent replies; nothing reads them yet. Until then read csat and reply_rate."

KPIS = (
    Kpi(
        id="first_response_time",
        name="First response time",
        question="After how many minutes does a person answer?",
        numerator="median of the minutes from a person's first message to the first answer by an agent",
        denominator="conversations that got an answer",
        unit="minutes",
        direction="lower",
        measures=None,
        example="answered after 2, 5 and 40 minutes → 5.0 min",
        missing=Missing("no source tells what agents answered, or when", _AGENTS),
        synonyms=("frt",),
    ),
    Kpi(
        id="resolution_rate",
        name="First-contact resolution",
        question="What share of the conversations was solved at the first contact?",
        numerator="conversations solved at the first contact",
        denominator="conversations",
        unit="share",
        direction="higher",
        measures=None,
        example="700 of 1,000 solved at once → 70.0 %",
        missing=Missing("no source tells which conversations were solved", _AGENTS),
        synonyms=("fcr",),
    ),
)

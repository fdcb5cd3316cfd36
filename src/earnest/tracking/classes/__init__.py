"""Whether a person pressed a link, by what the one request for it shows.

    method, headers, network ─ classify (pure; the first rule that fires decides) ─> class and reason

What only shows beside other clicks (bursts, repetitions, a click right after the send) is judged later, in the tables.
"""

from __future__ import annotations

from earnest.tracking.classes.evidence import EVIDENCE_HEADERS
from earnest.tracking.classes.judged import CLASSES, Judged
from earnest.tracking.classes.rules import classify

__all__ = ["CLASSES", "EVIDENCE_HEADERS", "Judged", "classify"]

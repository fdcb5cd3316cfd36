"""WhatsApp Cloud API: webhook bodies into what they tell.

Meta's reference: developers.facebook.com/docs/whatsapp (read October 2026). Bodies of the on-premises API are read too.
"""

from __future__ import annotations

from earnest.channels.whatsapp.envelope import parse

__all__ = ["CODE", "LABEL", "parse"]

CODE = "whatsapp"
LABEL = "WhatsApp"

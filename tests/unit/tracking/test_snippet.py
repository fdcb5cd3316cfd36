"""The landing snippet as it is served: small, the same bytes each time, and nothing in it that it must not do."""

from __future__ import annotations

import gzip
import re

from earnest.tracking.snippet import LARGEST_GZIPPED, snippet


def test_what_is_served_gzipped_is_at_most_2_kb() -> None:
    made = snippet()
    assert gzip.decompress(made.gzipped) == made.plain
    assert LARGEST_GZIPPED == 2048
    assert len(made.gzipped) <= 2048


def test_the_script_keeps_to_its_own_cookies_and_reads_no_fingerprint() -> None:
    text = snippet().plain.decode()
    assert "localStorage" not in text
    assert "sessionStorage" not in text
    for word in ("userAgent", "canvas", "screen", "plugins", "hardwareConcurrency", "language", "referrer", "eval"):
        assert word not in text, word
    assert re.findall(r"'(_earnest\w*)'", text) == ["_earnest", "_earnest_s"]
    assert "domain=" not in text, "a cookie of this host alone"
    assert not re.search(r"https?://", text), "sends to where it came from and nowhere else"

"""Write the list of crawlers that ships with Earnest from an installed `crawler-user-agents` package (MIT).

python -m bench.click_patterns     after `pip install crawler-user-agents==VERSION`; raise PARSER_VERSION if it changed
"""

from __future__ import annotations

import csv
import json
from importlib import metadata, resources
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src" / "earnest" / "tracking" / "classes" / "data" / "crawlers.csv"

KINDS = {
    "social-preview": "link-preview",
    "ai-crawler": "ai-crawler",
    "browser-automation": "automation",
    "http-library": "program",
    "scanner": "security-scanner",
    "monitoring": "monitor",
    "search-engine": "search-crawler",
    "advertising": "ad-crawler",
    "feed-reader": "feed-reader",
    "seo": "site-crawler",
    "archiver": "site-crawler",
    "academic": "site-crawler",
}
"""Tag of the list → code of the rule; of several tags the first here counts."""

PERSONS = (
    *("WhatsApp", "Viber", "MetaIAB Facebook", "Goodreads", "Tumblr\\/", "Notion\\/", "Bluesky\\/", "Valve\\/Steam"),
    *("Butterfly", "Sogou", "008\\/", "Blackboard", "^Silk\\/", "AP3A\\.240617\\.008", "Fluid"),
)
"""Left out: what a person's browser or phone also says; `agents.csv` has the previewers of these apps."""

AT_A_DESK = ("Code\\/1", "-CLI")
AGENTS = ("[cC]la", "Cla", "ant", "Dev")
"""Left out: tools that work at a person's desk, by what is in the pattern, and (of `ai-crawler`) by how it begins. What of
them opens links is told by the rules `names-itself` and `program` anyway."""


def main() -> None:
    text = resources.files("crawleruseragents").joinpath("crawler-user-agents.json").read_text(encoding="utf-8")
    rows = [(one["pattern"], kind) for one in json.loads(text) if (kind := _kind(one)) is not None]
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("pattern", "kind"))
        writer.writerows(rows)
    print(f"{len(rows)} patterns of crawler-user-agents {metadata.version('crawler-user-agents')} → {TARGET.name}")


def _kind(one: dict[str, object]) -> str | None:
    pattern, tags = str(one["pattern"]), one["tags"]
    assert isinstance(tags, list)
    if pattern in PERSONS or any(word in pattern for word in AT_A_DESK):
        return None
    kind = next((kind for tag, kind in KINDS.items() if tag in tags), "site-crawler")
    return None if kind == "ai-crawler" and pattern.startswith(AGENTS) else kind


if __name__ == "__main__":
    main()

"""The method of a snapshot as Markdown: how it was measured, what each figure means, what is assumed, and what to watch out for."""

from __future__ import annotations

from earnest.usecases.report_snapshot import Frozen


def method_text(frozen: Frozen) -> str:
    """The method as the report words it, with its assumptions and warnings."""
    lines = [f"# {frozen.report['title']}", ""]
    for section in frozen.sections:
        for block in section["blocks"]:
            if block["block"] == "Method":
                lines += [f"## {block['title']}", "", *(f"- {one}" for one in block["sentences"]), ""]
                lines += [f"| {' | '.join(block['header'])} |", f"|{'---|' * len(block['header'])}"]
                lines += [f"| {' | '.join(_inline(one['text']) for one in row)} |" for row in block["definitions"]]
                lines += ["", *(f"- {one['label']}: {_inline(one['value'])}" for one in block["provenance"]), ""]
            elif block["block"] == "Assumptions":
                lines += [f"## {block['title']}", "", *(f"- {_inline(one['text'])}" for one in block["items"]), ""]
            elif block["block"] == "Callout":
                lines += [f"- {block['label']}: {_inline(block['title']['text'])}", ""]
    return "\n".join(lines)


def _inline(text: str) -> str:
    """Somebody's text in a line of Markdown, as it was written."""
    escaped = "".join(f"\\{one}" if one in "\\`*_[]<>|#" else one for one in text)
    return " ".join(escaped.split())

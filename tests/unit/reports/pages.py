"""Reading a report back: its texts, its policy, its style."""

from __future__ import annotations

from html.parser import HTMLParser

SILENT = {"style", "title"}
VOID = {"meta", "link", "input", "br", "rect", "circle", "line", "path"}


class Page(HTMLParser):
    """Texts as a reader meets them, with the attributes that are read aloud; the style apart."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.style = ""
        self.policy = ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += list(named.items())
        if named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"]
        if "id" in named:
            self.ids.append(named["id"])
        self.texts += [named[name] for name in ("aria-label", "alt", "placeholder") if name in named]
        if tag not in VOID:
            fixed = named.get("translate") == "no" or ("lang" in named and tag != "html") or tag == "bdi"
            self._open.append((tag, fixed))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open, f"</{tag}> closes nothing"
            assert self._open[-1][0] == tag, f"</{tag}> closes <{self._open[-1][0]}>"
            self._open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "style":
            self.style += data
        elif data.strip():
            self.texts.append(data.strip())
            if any(fixed for _, fixed in self._open):
                self.texts.pop()
                self.fixed = [*getattr(self, "fixed", []), data.strip()]

    @property
    def text(self) -> str:
        """Every text, those in other languages included."""
        return "\n".join([*self.texts, *getattr(self, "fixed", [])])

"""What a page says, worded and formatted already: blocks of reports, and what only a page has. Templates only lay it out."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from earnest.reports.blocks import Block, Chip, Fact, Said


@dataclass(frozen=True, slots=True)
class Link:
    """Leads somewhere. `kind`: "" a link, "button", "primary"."""

    text: str
    address: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One of several values."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form.

    Args:
        kind: text, date, number, search, password, select, textarea, file, checkbox, checks (several of the options) or hidden.
        value: what it holds; for checks, values joined by a comma.
        extra: attributes of the element, of a fixed set.
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    options: tuple[Option, ...] = ()
    hint: str = ""
    error: str = ""
    required: bool = False
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """Fields and a button.

    Args:
        method: "get" for what only looks, "post" for what changes: then it carries the session's token.
        small: fields stand beside each other, without a card. plain: its button is not the page's first.
    """

    title: str
    action: str
    fields: tuple[Field, ...]
    submit: str
    method: str = "get"
    note: str = ""
    alert: str = ""
    small: bool = False
    danger: bool = False
    upload: bool = False
    plain: bool = False
    width: int = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a list.

    Args:
        detail: a second line. title: why there is no figure; `title_lang` where it is in no language of the page. tone: plain, inc, pos, neg, attr, none.
        drawing: a small drawing that says what `text` says.
        narrow: pills shown on phones only, where their column is left out.
        tick: value of a box to tick, its name is `tick_name` of the list. forms: buttons of the row.
    """

    text: str = ""
    link: str = ""
    detail: Said | None = None
    chips: tuple[Chip, ...] = ()
    narrow: tuple[Chip, ...] = ()
    drawing: Markup | None = None
    tone: str = "plain"
    title: str = ""
    title_lang: str | None = None
    code: bool = False
    tick: str = ""
    forms: tuple[Form, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `kind`: text, num or chart; `wide`: left out on phones. `sort`: address that sorts by it; `sorted`: ascending or
    descending where it does."""

    label: str
    kind: str = "text"
    wide: bool = False
    hint: str = ""
    sort: str = ""
    sorted: str = ""
    tick: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows with links, chips and small drawings under a title that is a finding.

    Args:
        empty: stands in the place of the rows where there are none. tick_name, tick_action, tick_submit: a form round the rows.
        more: where the rest is.
    """

    title: str
    subtitle: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = ""
    note: str = ""
    tone: str = "plain"
    tick_name: str = ""
    tick_action: str = ""
    tick_submit: str = ""
    more: Link | None = None
    width: int = 12


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures in a row under a title."""

    title: str
    subtitle: str
    items: tuple[Fact, ...]
    note: str = ""
    width: int = 12


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing is here yet: what it is for, and what to do."""

    title: str
    text: str
    steps: tuple[Said, ...] = ()
    links: tuple[Link, ...] = ()
    forms: tuple[Form, ...] = ()
    width: int = 12


@dataclass(frozen=True, slots=True)
class Working:
    """Work under way: how far it is. `share` 0-100 or None; `poll`: look again after so many seconds."""

    title: str
    text: str
    share: int | None
    poll: int = 1
    width: int = 12


@dataclass(frozen=True, slots=True)
class Folded:
    """Blocks behind a line that opens them."""

    label: str
    blocks: tuple[Block, ...]
    width: int = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose for: its name, values of it, and the choice; or a note in its place."""

    name: str
    examples: tuple[str, ...]
    field: Field | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """A form whose rows are choices, with further fields folded away.

    Args:
        header: over names, values and choices. submit: "" where nothing can be changed. hidden: fields that go along. more: the further ones. open: show those.
    """

    title: str
    subtitle: str
    action: str
    header: tuple[str, str, str]
    rows: tuple[Choice, ...]
    submit: str
    hidden: tuple[Field, ...] = ()
    more: tuple[Field, ...] = ()
    more_label: str = ""
    open: bool = False
    alert: str = ""
    primary: bool = True
    width: int = 12


WebBlock = Folded | Listing | Form | Facts | Empty | Working | Choices


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Args:
        section: which entry of the menu it belongs to. crumbs: the way here, without the page itself.
        filters: the bar under the title. actions: what can be done with it. aside: one line beside the filters.
        wait: the page looks again by itself after so many seconds; 0: only when something new came.
    """

    title: str
    section: str
    blocks: tuple[Block | WebBlock, ...]
    crumbs: tuple[Link, ...] = ()
    chips: tuple[Chip, ...] = ()
    actions: tuple[Link, ...] = ()
    exports: tuple[Link, ...] = ()
    filters: Form | None = None
    aside: str = ""
    as_of: str = ""
    wait: int = 0
    status: int = 200


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry of the menu. `key`: pressed after g."""

    section: str
    text: str
    address: str
    key: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands round every page.

    Args:
        theme: "", "light" or "dark". who: name of who is signed in, "" on public pages. csrf: the session's token.
        here: address of this very page, for forms that come back to it. keys: whether shortcuts are on. mark: what changes when anything new came.
    """

    language: str
    theme: str
    workspace: str
    root: str
    here: str
    keys: bool = True
    menu: tuple[MenuEntry, ...] = ()
    who: str = ""
    csrf: str = ""
    mark: str = ""
    languages: tuple[Option, ...] = field(default=())

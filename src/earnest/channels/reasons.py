"""Why an element of a payload is refused: codes, with what is wrong and what to do."""

REASONS = {
    "not-json": ("is not JSON", "Store the body of each webhook as it came, one a line or one a file."),
    "not-an-envelope": ("is no webhook body of this channel", "Give the whole body, from its outermost brace."),
    "id-missing": ("has no id", "The provider's payload is incomplete; ask for it again."),
    "time-missing": ("has no timestamp", "The provider's payload is incomplete; ask for it again."),
    "time-unreadable": ("has a timestamp that cannot be read", "The provider's payload is damaged."),
    "status-unknown": ("has a status this version does not know", "Upgrade Earnest, then import the file again."),
    "contact-missing": ("names neither a phone nor a user id", "It cannot belong to anybody's journey."),
    "contact-unreadable": ("names a phone that is no number", "The provider's payload is damaged."),
    "contact-reserved": (
        "names somebody by an id that only Earnest gives (recipient:, site:)",
        "Send the customer's number as you have it.",
    ),
    "cost-implausible": (
        "is no plain cost of up to 1,000,000, six decimals",
        "The message counts, this cost does not.",
    ),
    "amount-unreadable": ("is no plain amount of money", "The provider's payload is damaged."),
    "currency-unknown": ("is no ISO 4217 currency", "The provider's payload is damaged."),
    "currency-differs": (
        "is not the workspace's currency",
        "Orders are counted in one currency; import these with their converted amounts.",
    ),
    "not-mapped": ("has no field the mapping asks for", "See `earnest source preview`, and correct the mapping."),
    "too-deep": ("is nested deeper than 32 levels", "No provider sends that; the sender is at fault."),
    "too-many-values": (
        "holds more than 200,000 values or 1,000 form fields",
        "No provider sends that; the sender is at fault.",
    ),
    "key-twice": (
        "has an object that names a key twice",
        "Which of the two is meant cannot be known; the sender is at fault.",
    ),
    "source-unknown": ("came from a source nobody declared", "Declare it, then replay: earnest quarantine replay."),
    "parser-failed": ("could not be read, by a fault of Earnest", "Please report it; upgrade, then replay."),
    "shape-unknown": ("is not the kind of value that stands here", "The provider's payload is damaged."),
}
"""Reason → (what is wrong, what to do)."""

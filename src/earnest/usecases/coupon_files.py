"""Files of recipients and of coupon codes, all rows at once; and why a row gets or gives no code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from earnest.importers.fields import Field, FileKind
from earnest.usecases.recipient_files import WHO, RecipientFile, Row, recipient_file
from earnest.usecases.recipients import REFUSALS
from earnest.usecases.workspace import Workspace

CODES = FileKind(
    "coupon codes",
    "codes that a shop or an agency made, and whom each was given to, if it says so",
    (
        Field("code", "text", "the coupon code", ("coupon", "couponcode", "discountcode", "promocode", "voucher", "vouchercode")),
        *(one for one in WHO if one.name != "contact"),
        Field("contact", "identity", "a customer id of one system", ("contactid", "customer", "customerid", "recipient")),
    ),
    (("code",),),
)  # fmt: skip

REASONS: Mapping[str, tuple[str, str]] = {
    "bad-coupon-code": (
        "is no coupon code",
        "At most 100 characters, without blanks, commas and semicolons: orders hold several codes that way.",
    ),
    "coupon-code-taken": ("is a code of another coupon", "An order with it could belong to either; leave it out."),
    "coupon-code-given": ("is given to somebody else already", "A code of one recipient's cannot be another's."),
    **REFUSALS,
}
"""Why a row gets or gives no code → what is wrong, what to do."""


@dataclass(frozen=True, slots=True)
class FileRows:
    """All rows of a file. `unread`: those that could not be read, each with its reason."""

    file: RecipientFile
    rows: tuple[Row, ...]
    unread: tuple[tuple[int, str], ...]


def read_rows(workspace: Workspace, path: Path, kind: FileKind, maps: Sequence[str]) -> FileRows:
    """Read a file; columns are recognised by name, or as `maps` say.

    Raises:
        NotFound, UsageError, DataRefused: as `recipient_files.recipient_file`.
    """
    file = recipient_file(path, kind, maps)
    with file.loaded(workspace) as loaded:
        rows = tuple(row for block in loaded.blocks() for row in block)
        return FileRows(file, rows, tuple(loaded.unread()))

"""An Office file without the time it was written: fixed dates in the zip, the report's own moment in its properties."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
PROPERTIES = "docProps/core.xml"
STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def frozen(file: bytes, created: datetime) -> bytes:
    """The same file with the moment of its report, workbooks inside it included.

    Args:
        created: stands in the properties as created and modified.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, FIRST_DAY)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.external_attr = 0o600 << 16
            new.writestr(part, _dated(name, old.read(name), created))
    return out.getvalue()


def _dated(name: str, content: bytes, created: datetime) -> bytes:
    if name.endswith(".xlsx"):
        return frozen(content, created)
    if name == PROPERTIES:
        stamp = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
        return STAMP.sub(rb"\g<1>" + stamp + rb"\g<3>", content)
    return content

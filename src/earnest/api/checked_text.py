"""A text of one form in a request: checked by a pattern, described by it in OpenAPI, refused with a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclass(frozen=True, slots=True)
class Checked:
    """Metadata of an `Annotated[str, …]`.

    Args:
        pattern: what the whole text has to fit; valid in ECMAScript as well, as OpenAPI wants it.
        code: of the refusal. wrong: what is wrong with a text that does not fit. remedy: what to write instead.
        example: for the docs. longest: characters. format: OpenAPI format. choices: the only texts, if they are few.
    """

    pattern: str
    code: str
    wrong: str
    remedy: str
    example: str
    longest: int = 255
    format: str | None = None
    choices: tuple[str, ...] = field(default=())

    def check(self, text: str) -> str:
        """The text, if it fits."""
        listed = not self.choices or text in self.choices
        if len(text) > self.longest or not listed or not re.fullmatch(self.pattern, text):
            raise PydanticCustomError(self.code, self.wrong, {"remedy": self.remedy})
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        told: dict[str, Any] = {"type": "string", "examples": [self.example]}
        if self.choices:
            return told | {"enum": list(self.choices)}
        told |= {"pattern": f"^(?:{self.pattern})$", "maxLength": self.longest}
        return told | ({"format": self.format} if self.format else {})

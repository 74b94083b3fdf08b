"""What answers are described with in the OpenAPI document: nothing but the types that make them."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""ISO-8601 in UTC."""


def one_of(words: Iterable[str]) -> Meta:
    """Of a text: it is one of these."""
    return Meta(extra_json_schema={"enum": list(words)})

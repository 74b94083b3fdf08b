"""Request bodies, read so that every fault in them can be reported in a sentence."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

LONGEST_NUMBER = 400
"""Digits of a whole number that are read; no float has more than 309."""


class TolerantJSONParser(JSONParser):
    """JSON that lets NaN and infinities through to validation, which names the parameter they stand at.

    What no later step could handle is refused here: a name that stands twice in one object, of which one
    would be silently lost, nesting beyond the stack, and halves of characters.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            text = stream.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ParseError("The body is not UTF-8 text") from None
        try:
            data = json.loads(text, parse_int=_whole_number, object_pairs_hook=_object)
            json.dumps(data, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise ParseError(f"The body is not JSON: {error.msg.lower()} at {where}") from None
        except RecursionError:
            raise ParseError("The body is nested too deeply") from None
        except UnicodeEncodeError:
            raise ParseError("The body holds an unpaired surrogate, which is not a character") from None
        return data


def _whole_number(digits: str) -> int:
    """A number of more digits is beyond every bound with its first ones alone, and refused as that."""
    return int(digits[:LONGEST_NUMBER])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ParseError(f"The body names {name[:40]!r} twice in one object")
    return found

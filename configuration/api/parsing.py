"""Request bodies, read so that every fault in them can be told."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class TolerantJSONParser(JSONParser):
    """JSON that lets NaN and infinities through to validation, which names the parameter they stand at.

    What no later step could handle is refused here: nesting beyond the stack, and halves of characters.
    """

    strict = False

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
        except UnicodeEncodeError:
            raise ParseError("JSON parse error - an unpaired surrogate is not a character") from None
        return data

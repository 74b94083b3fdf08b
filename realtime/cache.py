"""The cache holds JSON: what is read from it is looked at and never executed, as a pickle would be."""

from typing import Any

import msgspec

from stored import leave_out


class JSONSerializer:
    """For Django's Redis cache. What cannot be read is as good as not there."""

    def dumps(self, value: Any) -> bytes:
        return msgspec.json.encode(value)

    def loads(self, raw: bytes) -> Any:
        """The value; None where it cannot be read."""
        try:
            return msgspec.json.decode(raw)
        except (ValueError, RecursionError) as error:
            leave_out("cache", error)
            return None

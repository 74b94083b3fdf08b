"""Many values in two arguments of a script: on thousands of arguments the client spends more than the feed does on what
is in them."""

from collections.abc import Sequence

import msgspec

PARTS = """
local function parts(lengths, joined)
    local found, first = {}, 1
    for number, length in ipairs(cmsgpack.unpack(lengths)) do
        found[number] = joined:sub(first, first + length - 1)
        first = first + length
    end
    return found
end
"""
"""For scripts: the values again, of what `joined` makes of them."""

_encode = msgspec.msgpack.Encoder().encode


def joined(values: Sequence[bytes | bytearray]) -> tuple[bytes, bytes]:
    """Lengths, packed, and all values in one."""
    return _encode([*map(len, values)]), b"".join(values)

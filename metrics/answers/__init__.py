"""The bodies clients get: what REST, WebSocket and pages say about the market.

A number that cannot be known is None.
"""

from typing import Any

Body = dict[str, Any]

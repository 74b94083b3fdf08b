"""The bodies clients get: what REST, WebSocket and pages say about the market.

A number that cannot be known is None.
"""

from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]
"""Any of them, to whoever reads only. Each has its type in `shapes`."""

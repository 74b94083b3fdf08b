"""What clients may send although it means nothing here: passed over, with a warning.

Other services keep a configuration for each side of a position; ours hold for both.
"""

from collections.abc import Container
from typing import Any

SIDE = "side"
PASSED_OVER = frozenset({SIDE})
WARNING = "side is passed over: a configuration holds for both sides"


def warned(metadata: dict[str, Any] | None, *sent: Container[str]) -> dict[str, Any] | None:
    """The metadata of a success, with the warning where the query or the body that was `sent` names a side.

    To be asked of a success only: addresses that take no side have refused it.
    """
    if any(SIDE in each for each in sent):
        known = metadata or {}
        return {**known, "warnings": [*known.get("warnings", ()), WARNING]}
    return metadata

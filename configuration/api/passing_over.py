"""What clients may say although it says nothing here: passed over, and told.

Other services keep a configuration for each side of a position; ours hold for both.
"""

from typing import Any

from rest_framework.request import Request

SIDE = "side"
PASSED_OVER = frozenset({SIDE})
WARNING = "side is passed over: a configuration holds for both sides"


def warned(metadata: dict[str, Any] | None, request: Request) -> dict[str, Any] | None:
    """The metadata of a success, with the warning where the query or the body of `request` names a side.

    To be asked of a success only, whose body has been read: addresses that take no side have refused it.
    """
    if SIDE in request.query_params or (isinstance(request.data, dict) and SIDE in request.data):
        return {**(metadata or {}), "warnings": [WARNING]}
    return metadata

"""Numbers and times as clients read them. The rule of rounding is the domain's; what cannot be known stays None."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Concatenate, ParamSpec, overload

from metrics.domain import rounding
from metrics.domain.rounding import Unrounded

More = ParamSpec("More")


@overload
def timestamp(seconds: float) -> str: ...
@overload
def timestamp(seconds: float | None) -> str | None: ...
def timestamp(seconds: float | None) -> str | None:
    """ISO-8601 in UTC with milliseconds and Z."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def age_ms(received_at: float, now: float) -> int:
    """Milliseconds since `received_at`, never below zero."""
    return max(0, round(1000 * (now - received_at)))


def if_known(
    rule: Callable[Concatenate[Unrounded, More], float],
) -> Callable[Concatenate[Unrounded | None, More], float | None]:
    """The same rule for a number that may be None, and then stays it."""

    def apply(value: Unrounded | None, *more: More.args, **named: More.kwargs) -> float | None:
        return None if value is None else rule(value, *more, **named)

    return apply


exact = if_known(rounding.exact)
price = if_known(rounding.price)
quotient = if_known(rounding.quotient)
price_ratio = if_known(rounding.price_ratio)
mean_price_ratio = if_known(rounding.mean_price_ratio)
rounded = if_known(rounding.rounded)

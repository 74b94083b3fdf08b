"""What holds for the query of every address: what it takes is declared, once each, and the rest is refused.

Only that is common. How faults are told is not: the configuration has its envelope, the metrics their own body and
words, and clients know both.
"""

import re
from functools import cache
from typing import Any, NamedTuple, Self

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.serializers import as_serializer_error

WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
LONGEST_WHOLE = 19


class QueryFaults(NamedTuple):
    """What is wrong with a query, by parameter and in the order it was given; `wrong` is about values."""

    unknown: dict[str, str]
    repeated: dict[str, str]
    wrong: dict[str, list[str]]


class Query(serializers.Serializer[Any]):
    """What an address takes in its query: nothing, unless a subclass declares it.

    Whatever it does not take is refused rather than passed over: a misspelt filter must not answer everything.
    """

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """The checked parameters of `request`; raises what `refusal` makes of all that is wrong with them."""
        given, query = request.query_params, cls._checker()
        checked: dict[str, Any] = {}
        wrong: dict[str, list[str]] = {}
        try:
            # A plain dict: from a form, an empty value would count as none given.
            checked = query.run_validation(given.dict())
        except serializers.ValidationError as error:
            wrong = {
                name: [str(text) for text in texts] for name, texts in as_serializer_error(error).items()
            }
        takes = f"it takes {', '.join(query.fields) or 'none'}"
        faults = QueryFaults(
            unknown={
                name: f"is not a query parameter of this address; {takes}"
                for name in given
                if name not in query.fields
            },
            repeated={
                name: f"must be given once, got {len(values)} values"
                for name, values in given.lists()
                if name in query.fields and len(values) > 1
            },
            wrong=wrong,
        )
        if any(faults):
            raise cls.refusal(faults)
        return dict(checked)

    @classmethod
    @cache
    def _checker(cls) -> Self:
        """One for all requests: it holds nothing of any, and to make one costs more than all it checks."""
        return cls()

    @classmethod
    def refusal(cls, faults: QueryFaults) -> Exception:
        """The faults, as the application tells them."""
        raise NotImplementedError


def whole_number(text: str) -> int | None:
    """A whole number in plain ASCII digits, None for any other text.

    One of many digits is out of all bounds with its first ones alone, which are what is read.
    """
    return int(text[:LONGEST_WHOLE]) if WHOLE.fullmatch(text) else None

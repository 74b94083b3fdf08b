"""What holds for the query of every address: what it takes is declared, once each, and the rest is refused.

Only that is common. How faults are told is not: the configuration has its envelope, the metrics their own body and
words, and clients know both.
"""

import re
from typing import Any, NamedTuple

from rest_framework import serializers
from rest_framework.request import Request

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
        given = request.query_params
        # A plain dict: from a form, an empty value would count as none given.
        query = cls(data=given.dict())
        query.is_valid()
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
            wrong={name: [str(text) for text in texts] for name, texts in query.errors.items()},
        )
        if any(faults):
            raise cls.refusal(faults)
        return dict(query.validated_data)

    @classmethod
    def refusal(cls, faults: QueryFaults) -> Exception:
        """The faults, as the application tells them."""
        raise NotImplementedError


def whole_number(text: str) -> int | None:
    """A whole number in plain ASCII digits, None for any other text.

    One of many digits is out of all bounds with its first ones alone, which are what is read.
    """
    return int(text[:LONGEST_WHOLE]) if WHOLE.fullmatch(text) else None

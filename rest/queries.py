"""What holds for the query of every address: what it takes is declared, once each, and the rest is refused.

Only that is common. How faults are reported is not: the configuration has its envelope, the metrics their own body and
words, and clients know both. Who asks is refused in one way everywhere (`rest.refusals`).
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self, cast

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

    passed_over: ClassVar[frozenset[str]] = frozenset()
    """The few names that may be sent although they mean nothing here, and are in no document."""

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """The checked parameters of `request`; raises what `refusal` makes of all that is wrong with them."""
        given = request.query_params
        declared = cls.declared()
        known = declared.fields.keys() | cls.passed_over
        query, wrong = declared.checked(given.dict())
        takes = f"it takes {', '.join(declared.fields) or 'none'}"
        faults = QueryFaults(
            unknown={
                name: f"is not a query parameter of this address; {takes}"
                for name in given
                if name not in known
            },
            repeated={
                name: f"must be given once, got {len(values)} values"
                for name, values in given.lists()
                if name in declared.fields and len(values) > 1
            },
            wrong={name: [str(text) for text in texts] for name, texts in wrong.items()},
        )
        if any(faults):
            raise cls.refusal(faults)
        return query

    @classmethod
    @cache
    def declared(cls) -> Self:
        """One for all requests: to copy its fields, as each of its kind does, takes longer than to check with them."""
        return cls()

    def checked(self, given: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was given, and what is wrong with it by parameter; nothing of it stays here.

        A plain dict: from a form, an empty value would count as none given.
        """
        try:
            return dict(self.run_validation(given)), {}
        except serializers.ValidationError as error:
            return {}, dict(cast(Mapping[str, Any], error.detail))

    @classmethod
    def refusal(cls, faults: QueryFaults) -> Exception:
        """The faults, as the application reports them."""
        raise NotImplementedError


def whole_number(text: str) -> int | None:
    """A whole number in plain ASCII digits, None for any other text.

    One of many digits is out of all bounds with its first ones alone, which are what is read.
    """
    return int(text[:LONGEST_WHOLE]) if WHOLE.fullmatch(text) else None

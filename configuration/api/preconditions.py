"""The state of a level a client expects to change, or has already."""

import re

from rest_framework.request import Request

from configuration.api.fields import literal, problem
from configuration.exceptions import ValidationFailed

ENTITY_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
EMPTY_TAG = '""'


def expected_tags(request: Request) -> frozenset[str] | None:
    """The tags of which If-Match insists on one, None when it does not insist on anything.

    By RFC 9110, 13.1.1: several tags are allowed, of which one must match; a weak one never does; `*` matches
    whatever there is, and there is always a configuration. Whether one matches is asked where it is written.
    """
    header = request.headers.get("If-Match")
    return None if header is None or header.strip() == "*" else _strong_tags(header)


def _strong_tags(header: str) -> frozenset[str]:
    """What stands in the strong ones of a list of entity tags; raises ValidationFailed for any other text."""
    members = {member.strip(" \t") for member in ENTITY_TAG.sub(EMPTY_TAG, header).split(",")} - {""}
    if members != {EMPTY_TAG}:
        reason = f'must be * or entity tags such as "own:7", got {literal(header)}'
        raise ValidationFailed([problem("If-Match", reason)])
    return frozenset(tag for weak, tag in ENTITY_TAG.findall(header) if not weak)

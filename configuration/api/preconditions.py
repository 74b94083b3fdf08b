"""The version a client expects to change."""

import re

from rest_framework.request import Request

from configuration.api.fields import literal, problem
from configuration.domain.effective import StrategyLevels
from configuration.exceptions import ValidationFailed, VersionConflict

ENTITY_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
EMPTY_TAG = '""'
VERSION = re.compile(r"0|[1-9][0-9]{0,9}")


def expected_version(request: Request, levels: StrategyLevels, symbol: str | None) -> int | None:
    """The version If-Match insists on, None when it does not; raises VersionConflict where none can match.

    By RFC 9110, 13.1.1: several tags are allowed, of which one must match; a weak one never does; `*` matches
    whatever there is, and there is always a configuration.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    strong, present = _strong_tags(header), levels.version(symbol)
    if str(present) not in strong:
        versions = [int(tag) for tag in strong if VERSION.fullmatch(tag)]
        raise VersionConflict(versions[0] if versions else header, present)
    return present


def _strong_tags(header: str) -> list[str]:
    """What stands in the strong ones of a list of entity tags; raises ValidationFailed for any other text."""
    members = {member.strip(" \t") for member in ENTITY_TAG.sub(EMPTY_TAG, header).split(",")} - {""}
    if members != {EMPTY_TAG}:
        reason = f'must be * or entity tags such as "7", got {literal(header)}'
        raise ValidationFailed([problem("If-Match", reason)])
    return [tag for weak, tag in ENTITY_TAG.findall(header) if not weak]

"""Rules and channels of alerts as a YAML document, by name: what people keep in a repository and carry between systems.

format: 1
channels:
  Desk:
    kind: webhook
    address: env:ALERTS_CHANNEL_DESK
    secret: env:ALERTS_CHANNEL_DESK_SECRET
    least_severity: warning
rules:
  Wide spread:
    watch: spread_bps_10s
    comparison: above
    threshold: 20
    for_seconds: 30
    channels: [Desk]

What is secret of a channel is in no document, but where it is kept: `env:NAME`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from alerts.delivery.targets import Unreachable, opened
from alerts.domain.channels import Channel, named_variable
from alerts.domain.rules import Rule
from alerts.models import AlertRule
from alerts.models import Channel as ChannelRow
from configuration.plain_yaml import (
    BadDocument,
    Names,
    as_yaml,
    composed,
    read_format,
    read_names,
    read_value,
    refuse_others,
)

FORMAT = 1
NOT_SAID = {"id", "name", "version"}
"""What stands above the contents, or is of one database alone."""
OF_RULES = tuple(name for name in Rule.__struct_fields__ if name not in NOT_SAID)
OF_CHANNELS = tuple(name for name in Channel.__struct_fields__ if name not in NOT_SAID)


T = TypeVar("T")


class Document(msgspec.Struct, frozen=True):
    """Channels, and rules with the names of their channels, whose ids are of one database alone."""

    channels: list[Channel]
    rules: list[tuple[Rule, tuple[str, ...]]]


def write_document(rules: Iterable[AlertRule], channels: Iterable[ChannelRow]) -> str:
    """All of these, in an order that depends on nothing but their names; what says nothing is left out."""
    rows = sorted(channels, key=lambda row: row.name)
    names = {row.pk: row.name for row in rows}
    document = {
        "format": FORMAT,
        "channels": {row.name: _channel(row) for row in rows},
        "rules": {
            row.name: _said(row.rule()) | _told(row, names) for row in sorted(rules, key=lambda row: row.name)
        },
    }
    return as_yaml(document)


def read_document(text: str) -> Document:
    """What a document says; raises BadDocument. Whether it may be said is for the services to decide."""
    document = read_names(composed(text), "the document")
    read_format(document, FORMAT)
    refuse_others(document, {"format", "channels", "rules"}, "the document")
    return Document(
        channels=[
            _read(Channel, name, contents, "address")
            for name, contents in _contents(document, "channels", OF_CHANNELS)
        ],
        rules=[_rule(name, contents) for name, contents in _contents(document, "rules", OF_RULES)],
    )


def _said(rule: Rule) -> dict[str, Any]:
    """What differs from its default, as YAML has it."""
    defaults = {field.name: field.default for field in msgspec.structs.fields(Rule)}
    found = {name: getattr(rule, name) for name in OF_RULES if name != "channels"}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in found.items()
        if value != defaults[name]
    }


def _told(row: AlertRule, names: Mapping[int, str]) -> dict[str, list[str]]:
    told = [names[number] for number in row.channels if number in names]
    return {"channels": told} if told else {}


def _channel(row: ChannelRow) -> dict[str, Any]:
    """Without what is secret: of the addresses of e-mail nothing is."""
    try:
        address, secret = opened(row)
    except Unreachable:
        address = secret = ""
    kept = {
        "address": address if row.kind == "email" or named_variable(address) else "",
        "secret": secret if named_variable(secret) else "",
    }
    said = {name: value for name, value in kept.items() if value}
    return {"kind": row.kind, **said, "least_severity": row.least_severity, "is_enabled": row.is_enabled}


def _contents(document: Names, part: str, known: Iterable[str]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, node in (read_names(document[part], part) if part in document else {}).items():
        where = f"{part}.{name}"
        contents = read_names(node, where)
        refuse_others(contents, set(known), where)
        found.append((name, {key: read_value(value, f"{where}.{key}") for key, value in contents.items()}))
    return found


def _rule(name: str, contents: dict[str, Any]) -> tuple[Rule, tuple[str, ...]]:
    channels = contents.pop("channels", [])
    try:
        told = msgspec.convert(channels, tuple[str, ...])
    except msgspec.ValidationError as error:
        raise BadDocument(f"rules.{name}.channels: {error}") from error
    return _read(Rule, name, {"id": 0, **contents}), told


def _read(kind: type[T], name: str, contents: dict[str, Any], *empty: str) -> T:
    try:
        return msgspec.convert({**dict.fromkeys(empty, ""), **contents, "name": name}, kind)
    except msgspec.ValidationError as error:
        raise BadDocument(f"{name}: {error}") from error

"""Configuration as a YAML document: what people keep in a repository and carry between systems.

format: 1
strategies:
  orderbook_skew:
    global:
      top_levels: 7
    symbols:
      BTCUSDT:
        top_levels: 9
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from configuration.domain.effective import StrategyLevels
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
from symbols import capitals

FORMAT = 1
Document = dict[str, dict[str | None, Mapping[str, Any]]]  # strategy -> symbol (None: global) -> parameters


def write_document(strategies: Iterable[StrategyLevels]) -> str:
    """Everything that is set, in an order that depends on nothing but what is set."""
    contents = {levels.spec.strategy_id: _levels(levels) for levels in strategies}
    document = {"format": FORMAT, "strategies": {name: levels for name, levels in contents.items() if levels}}
    return as_yaml(document)


def read_document(text: str) -> Document:
    """The levels a document names. Whether their values pass is for the services to decide.

    A number is read as in the form (`configuration.domain.literals`), and what is in quotes is text. A name that
    stands twice is refused, since one of the two would be lost.
    """
    document = read_names(composed(text), "the document")
    read_format(document, FORMAT)
    refuse_others(document, {"format", "strategies"}, "the document")
    strategies = read_names(document["strategies"], "strategies") if "strategies" in document else {}
    return {
        strategy_id: _read_levels(strategy_id, read_names(levels, strategy_id))
        for strategy_id, levels in strategies.items()
    }


def _levels(levels: StrategyLevels) -> dict[str, Any]:
    contents: dict[str, Any] = {}
    if levels.global_level:
        contents["global"] = _ordered(levels, levels.global_level.overrides)
    if levels.symbols:
        contents["symbols"] = {
            symbol: _ordered(levels, level.overrides) for symbol, level in sorted(levels.symbols.items())
        }
    return contents


def _ordered(levels: StrategyLevels, overrides: Mapping[str, Any]) -> dict[str, Any]:
    return {name: overrides[name] for name in levels.spec.parameters if name in overrides}


def _read_levels(strategy_id: str, levels: Names) -> dict[str | None, Mapping[str, Any]]:
    refuse_others(levels, {"global", "symbols"}, strategy_id)
    found: dict[str | None, Mapping[str, Any]] = {}
    if "global" in levels:
        found[None] = _parameters(levels["global"], f"{strategy_id}.global")
    symbols = read_names(levels["symbols"], f"{strategy_id}.symbols") if "symbols" in levels else {}
    known: set[str] = set()
    for symbol, parameters in symbols.items():
        if (name := capitals(symbol)) in known:
            raise BadDocument(f"{strategy_id}.symbols names {symbol} twice")
        known.add(name)
        found[symbol] = _parameters(parameters, f"{strategy_id}.symbols.{symbol}")
    return found


def _parameters(node: yaml.Node, where: str) -> dict[str, Any]:
    return {name: read_value(value, f"{where}.{name}") for name, value in read_names(node, where).items()}

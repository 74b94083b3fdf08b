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
from symbols import capitals

FORMAT = 1
Document = dict[str, dict[str | None, Mapping[str, Any]]]  # strategy -> symbol (None: global) -> parameters


class BadDocument(ValueError):
    """The text is not such a document; the message says where."""


def write_document(strategies: Iterable[StrategyLevels]) -> str:
    """Everything that is set, in an order that depends on nothing but what is set."""
    contents = {levels.spec.strategy_id: _levels(levels) for levels in strategies}
    document = {"format": FORMAT, "strategies": {name: levels for name, levels in contents.items() if levels}}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def read_document(text: str) -> Document:
    """The levels a document names. Whether their values pass is for the services to say."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadDocument(f"not YAML: {error}") from error
    document = _mapping(document, "the document")
    if document.get("format") != FORMAT:
        raise BadDocument(f"format must be {FORMAT}")
    _only(document, {"format", "strategies"}, "the document")
    return {
        strategy_id: _read_levels(strategy_id, _mapping(levels, strategy_id))
        for strategy_id, levels in _mapping(document.get("strategies", {}), "strategies").items()
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


def _read_levels(strategy_id: str, levels: dict[str, Any]) -> dict[str | None, Mapping[str, Any]]:
    _only(levels, {"global", "symbols"}, strategy_id)
    found: dict[str | None, Mapping[str, Any]] = {}
    if "global" in levels:
        found[None] = _mapping(levels["global"], f"{strategy_id}.global")
    for symbol, parameters in _mapping(levels.get("symbols", {}), f"{strategy_id}.symbols").items():
        if any(capitals(symbol) == capitals(other) for other in found if other is not None):
            raise BadDocument(f"{strategy_id}.symbols names {symbol} twice")
        found[symbol] = _mapping(parameters, f"{strategy_id}.symbols.{symbol}")
    return found


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadDocument(f"{where} must be a mapping")
    for key in value:
        if not isinstance(key, str):  # YAML reads a bare NO or ON as a truth value, and 1000 as a number
            raise BadDocument(f"{where} has a name that is not text, {key}: put it in quotes")
    return value


def _only(mapping: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(mapping.keys() - known):
        raise BadDocument(f"{where} has no {', '.join(unknown)}")

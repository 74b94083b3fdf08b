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

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from configuration.domain.effective import StrategyLevels
from configuration.domain.literals import read_boolean, read_number
from symbols import capitals

FORMAT = 1
DEEPEST = 10
"""Levels of nesting that are read; a document has six."""
NAME_SHOWN = 60
HALF = re.compile("[\ud800-\udfff]")
TEXT, NULL, MERGE = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "null", "merge"))
Document = dict[str, dict[str | None, Mapping[str, Any]]]  # strategy -> symbol (None: global) -> parameters
Names = dict[str, yaml.Node]
"""What a mapping holds by name."""


class BadDocument(ValueError):
    """The text is not such a document; the message names the place."""


class PlainLoader(yaml.SafeLoader):
    """YAML without what a configuration has no use for: tags, and names for what is repeated.

    Nothing is constructed: what a scalar means is for us to decide, as YAML 1.1 takes 010 for eight and 5:00 for 300.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node, and all that is in it."""
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise BadDocument(f"anchors and aliases (& and *) are not read: write it out, {_place(event)}")
        if event.tag is not None:
            raise BadDocument(f"tags such as {_shown(event.tag)} are not read, {_place(event)}")
        if self._depth >= DEEPEST:
            raise BadDocument(f"nested too deeply, {_place(event)}")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        if isinstance(node, yaml.ScalarNode) and HALF.search(node.value):
            raise BadDocument(f"half a character (an unpaired surrogate), {_place(event)}")
        return node


def write_document(strategies: Iterable[StrategyLevels]) -> str:
    """Everything that is set, in an order that depends on nothing but what is set."""
    contents = {levels.spec.strategy_id: _levels(levels) for levels in strategies}
    document = {"format": FORMAT, "strategies": {name: levels for name, levels in contents.items() if levels}}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def read_document(text: str) -> Document:
    """The levels a document names. Whether their values pass is for the services to decide.

    A number is read as in the form (`configuration.domain.literals`), and what is in quotes is text. A name that
    stands twice is refused, since one of the two would be lost.
    """
    document = _names(_composed(text), "the document")
    version = _value(document["format"], "format") if "format" in document else None
    if version != FORMAT or isinstance(version, bool):
        raise BadDocument(f"format must be {FORMAT}")
    _only(document, {"format", "strategies"}, "the document")
    strategies = _names(document["strategies"], "strategies") if "strategies" in document else {}
    return {
        strategy_id: _read_levels(strategy_id, _names(levels, strategy_id))
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
    _only(levels, {"global", "symbols"}, strategy_id)
    found: dict[str | None, Mapping[str, Any]] = {}
    if "global" in levels:
        found[None] = _parameters(levels["global"], f"{strategy_id}.global")
    symbols = _names(levels["symbols"], f"{strategy_id}.symbols") if "symbols" in levels else {}
    known: set[str] = set()
    for symbol, parameters in symbols.items():
        if (name := capitals(symbol)) in known:
            raise BadDocument(f"{strategy_id}.symbols names {symbol} twice")
        known.add(name)
        found[symbol] = _parameters(parameters, f"{strategy_id}.symbols.{symbol}")
    return found


def _parameters(node: yaml.Node, where: str) -> dict[str, Any]:
    return {name: _value(value, f"{where}.{name}") for name, value in _names(node, where).items()}


def _composed(text: str) -> yaml.Node | None:
    """The text as nodes, None where it holds nothing."""
    try:
        return PlainLoader(text).get_single_node()
    except BadDocument:
        raise
    except yaml.MarkedYAMLError as error:
        fault = ", ".join(filter(None, (error.context, error.problem)))
        raise BadDocument(f"not YAML: {fault}{_line(error.problem_mark or error.context_mark)}") from error
    except yaml.reader.ReaderError as error:
        raise BadDocument(
            f"not YAML: character {error.position + 1} is U+{error.character:04X}, which is none of a text"
        ) from error
    except (ValueError, OverflowError) as error:
        raise BadDocument("not YAML: the number of an escape or of a directive is too large") from error


def _names(node: yaml.Node | None, where: str) -> Names:
    """What a mapping holds; refuses anything else, names that are no text, and a name that stands twice."""
    if not isinstance(node, yaml.MappingNode):
        raise BadDocument(f"{where} must be a mapping{_line(node.start_mark if node else None)}")
    found: Names = {}
    for key, value in node.value:
        name = _name(key, where)
        if name in found:
            raise BadDocument(f"{where} names {_shown(name)} twice{_line(key.start_mark)}")
        found[name] = value
    return found


def _name(key: yaml.Node, where: str) -> str:
    if not isinstance(key, yaml.ScalarNode):
        raise BadDocument(f"{where} has a name that is not text{_line(key.start_mark)}")
    if key.tag == MERGE:
        raise BadDocument(f"{where} merges with <<, which is not read: write it out{_line(key.start_mark)}")
    if key.tag != TEXT:  # YAML reads a bare NO or ON as a truth value, and 1000 as a number
        raise BadDocument(f"{where} has a name that is not text, {_shown(key.value)}: put it in quotes")
    return str(key.value)


def _value(node: yaml.Node, where: str) -> Any:
    """A number, truth value, text or None, or a list of these."""
    if isinstance(node, yaml.SequenceNode):
        return [_scalar(entry, where) for entry in node.value]
    return _scalar(node, where)


def _scalar(node: yaml.Node, where: str) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        raise BadDocument(f"{where} must be a value or a list of values{_line(node.start_mark)}")
    text = str(node.value)
    if node.style is not None:  # in quotes, or a block
        return text
    if node.tag == NULL:
        return None
    read = read_boolean(text)
    return read if isinstance(read, bool) else read_number(text)


def _only(mapping: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(mapping.keys() - known):
        raise BadDocument(f"{where} has no {', '.join(map(_shown, unknown))}")


def _shown(name: str) -> str:
    return name if len(name) <= NAME_SHOWN else f"{name[:NAME_SHOWN]}…"


def _place(event: yaml.Event) -> str:
    return _line(event.start_mark).removeprefix(", ")


def _line(mark: Any) -> str:
    """Where PyYAML says that something stands; it has two classes for that. Empty for None."""
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""

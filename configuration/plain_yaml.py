"""YAML that people keep in a repository, read plainly: no tags, no anchors, no names that stand twice.

Nothing is constructed: what a scalar means is for us to decide, as YAML 1.1 takes 010 for eight and 5:00 for 300.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from configuration.domain.literals import read_boolean, read_number

DEEPEST = 10
"""Levels of nesting that are read; a document has six."""
NAME_SHOWN = 60
HALF = re.compile("[\ud800-\udfff]")
TEXT, NULL, MERGE = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "null", "merge"))
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


def as_yaml(document: Mapping[str, Any]) -> str:
    """A document as text, in the order it has."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def composed(text: str) -> yaml.Node | None:
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


def read_names(node: yaml.Node | None, where: str) -> Names:
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


def read_value(node: yaml.Node, where: str) -> Any:
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


def read_format(document: Names, known: int) -> None:
    """Refuses a document of another format than the known one."""
    version = read_value(document["format"], "format") if "format" in document else None
    if version != known or isinstance(version, bool):
        raise BadDocument(f"format must be {known}")


def refuse_others(mapping: Mapping[str, Any], known: set[str], where: str) -> None:
    """Refuses a mapping that has names beside the known ones."""
    if unknown := sorted(mapping.keys() - known):
        raise BadDocument(f"{where} has no {', '.join(map(_shown, unknown))}")


def _shown(name: str) -> str:
    return name if len(name) <= NAME_SHOWN else f"{name[:NAME_SHOWN]}…"


def _place(event: yaml.Event) -> str:
    return _line(event.start_mark).removeprefix(", ")


def _line(mark: Any) -> str:
    """Where PyYAML says that something stands; it has two classes for that. Empty for None."""
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""

"""What parameters and strategies are called by people, whose pages use labels where programs get names."""

import re

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.parameters import label_of

LABELS = {name: parameter.label for spec in CATALOGUE.values() for name, parameter in spec.parameters.items()}
NAMES = LABELS | {strategy_id: spec.name for strategy_id, spec in CATALOGUE.items()}
OUT_OF_RANGE = re.compile(r"must be ([<>])= ([^\s,]+), got [^\s,;]+")
BOUNDS = {"<": "at most", ">": "at least"}
KINDS = {"an integer": "a whole number", "a boolean": "true or false", "a string": "a text"}
OF_A_KIND = re.compile(rf"must be ({'|'.join(KINDS)})(?![\w ])")
AT_FIRST = re.compile(r"[a-z]+(?:_[a-z]+)*(?= must )")
IDENTIFIER = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def label(name: str) -> str:
    """A parameter, also one that left the catalogue since."""
    return LABELS.get(name) or label_of(name)


def in_words(sentence: str) -> str:
    """A sentence written for programs, as people read it: parameters by their labels, strategies by their names,
    kinds of values and bounds in plain words, these without the number beyond them, which stands in its field."""
    sentence = OF_A_KIND.sub(lambda found: f"must be {KINDS[found[1]]}", sentence)
    sentence = OUT_OF_RANGE.sub(
        lambda found: f"must be {BOUNDS[found[1]]} {found[2].removesuffix('.0')}", sentence
    )
    if first := AT_FIRST.match(sentence):
        sentence = NAMES.get(first[0], label_of(first[0])) + sentence[first.end() :]
    return IDENTIFIER.sub(lambda found: NAMES.get(found[0], found[0]), sentence)

"""The environment as a layer of configuration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from configuration.domain.literals import read_number
from configuration.domain.parameters import ParameterType, Value
from configuration.domain.problems import InvalidValue
from configuration.domain.resolution import Layer, resolve
from configuration.domain.strategy import StrategySpec
from configuration.domain.validation import broken_rules

WORDS = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}


@dataclass(frozen=True, slots=True)
class EnvironmentLayer:
    """What the environment sets for one strategy, and what is wrong with it (a sentence per variable)."""

    values: dict[str, Value]
    problems: tuple[str, ...]


def read_environment(spec: StrategySpec, environ: Mapping[str, str]) -> EnvironmentLayer:
    """The values of the variables that are set; an empty variable counts as not set."""
    values: dict[str, Value] = {}
    problems: list[str] = []
    for name, parameter in spec.parameters.items():
        variable = parameter.environment
        if not variable or not (text := environ.get(variable, "").strip()):
            continue
        try:
            values[name] = parameter.accept(READERS[parameter.type](text))
        except InvalidValue as refusal:
            problems.append(f"{variable} {refusal.problem.reason}")
    if values:  # the defaults alone break no rule
        problems += _broken(spec, values)
    return EnvironmentLayer(values, tuple(problems))


def retired_variables(spec: StrategySpec, environ: Mapping[str, str]) -> list[str]:
    """Variables that are set but no longer mean anything."""
    return [variable for variable in spec.retired_environment if environ.get(variable)]


def _broken(spec: StrategySpec, values: dict[str, Value]) -> list[str]:
    resolved = resolve(spec, {Layer.ENVIRONMENT: values}).values
    return [
        f"{', '.join(_variables(spec, rule.parameters, values))}: {rule.sentence} must hold"
        for rule in broken_rules(spec, resolved)
    ]


def _variables(spec: StrategySpec, names: tuple[str, ...], values: dict[str, Value]) -> list[str]:
    return [str(spec.parameters[name].environment) for name in names if name in values]


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",")]


# Of each type; the text itself where it cannot be read as that.
READERS: dict[ParameterType, Callable[[str], Any]] = {
    ParameterType.INT: read_number,
    ParameterType.FLOAT: read_number,
    ParameterType.BOOL: lambda text: WORDS.get(text.lower(), text),
    ParameterType.STR: str,
    ParameterType.LIST: _entries,
}

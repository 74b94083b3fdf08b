"""A strategy's declaration as a typed class, and the specification derived from it."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, get_args, get_origin, get_type_hints

import msgspec

from configuration.domain.parameters import Parameter, ParameterSpec, ParameterType, Value, label_of
from configuration.domain.problems import InvalidValue
from configuration.domain.rules import Rule


class StrategyParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every strategy's declaration.

    An instance is the complete, immutable parameter set one evaluator works with; the class is the single
    place that states names, types, defaults, bounds and rules.
    """

    strategy_id: ClassVar[str]
    name: ClassVar[str]
    description: ClassVar[str]
    category: ClassVar[str]
    type: ClassVar[str]
    rules: ClassVar[tuple[Rule, ...]] = ()
    retired_environment: ClassVar[tuple[str, ...]] = ()  # variables of older installations, ignored


class DeclarationError(TypeError):
    """A strategy is declared wrongly; raised when its module is imported."""


ParametersClass = type[StrategyParameters]


@dataclass(frozen=True, slots=True)
class StrategySpec:
    """Everything the product knows about one strategy."""

    strategy_id: str
    name: str
    description: str
    category: str
    parameters: Mapping[str, ParameterSpec]
    rules: tuple[Rule, ...]
    retired_environment: tuple[str, ...]
    parameters_class: ParametersClass
    type: str

    @property
    def defaults(self) -> dict[str, Value]:
        """A fresh copy of the complete default set, in declaration order."""
        return {
            name: list(parameter.default) if isinstance(parameter.default, list) else parameter.default
            for name, parameter in self.parameters.items()
        }

    def build(self, values: Mapping[str, Value]) -> StrategyParameters:
        """The immutable parameter object of a complete set of accepted values."""
        return self.parameters_class(
            **{
                name: tuple(value) if isinstance(value := values[name], list) else value
                for name in self.parameters
            }
        )


TYPES: dict[Any, ParameterType] = {
    int: ParameterType.INT,
    float: ParameterType.FLOAT,
    bool: ParameterType.BOOL,
    str: ParameterType.STR,
    tuple[str, ...]: ParameterType.LIST,
}
STRATEGY_ID = re.compile(r"[a-z][a-z0-9_]{1,63}")


def specify(declaration: type[StrategyParameters]) -> StrategySpec:
    """The specification of a declaration; DeclarationError says what is wrong with it."""
    where = declaration.__name__
    for attribute in ("strategy_id", "name", "description", "category", "type"):
        _demand(bool(getattr(declaration, attribute, "")), f"{where} has no {attribute}")
    _demand(
        STRATEGY_ID.fullmatch(declaration.strategy_id) is not None,
        f"{where}: {declaration.strategy_id!r} is not a lower-case identifier",
    )
    spec = StrategySpec(
        strategy_id=declaration.strategy_id,
        name=declaration.name,
        description=declaration.description,
        category=declaration.category,
        type=declaration.type,
        parameters=MappingProxyType(_parameters(declaration)),
        rules=declaration.rules,
        retired_environment=declaration.retired_environment,
        parameters_class=declaration,
    )
    for rule in spec.rules:
        for name in rule.parameters:
            _demand(name in spec.parameters, f"{where}: rule {rule.sentence!r} names unknown {name}")
        _demand(rule.is_kept_by(spec.defaults), f"{where}: the defaults break {rule.sentence!r}")
    return spec


def _parameters(declaration: type[StrategyParameters]) -> dict[str, ParameterSpec]:
    hints = get_type_hints(declaration, include_extras=True)
    names = declaration.__struct_fields__
    _demand(bool(names), f"{declaration.__name__} has no parameters")
    _demand(
        len(declaration.__struct_defaults__) == len(names)
        and msgspec.NODEFAULT not in declaration.__struct_defaults__,
        f"{declaration.__name__}: every parameter needs a default",
    )
    defaults = zip(names, declaration.__struct_defaults__, strict=True)
    return {
        name: _parameter(f"{declaration.__name__}.{name}", name, hints[name], default)
        for name, default in defaults
    }


def _parameter(where: str, name: str, hint: Any, default: Any) -> ParameterSpec:
    arguments = get_args(hint)
    _demand(
        get_origin(hint) is Annotated and isinstance(arguments[1], Parameter),
        f"{where} must be declared as Annotated[type, Parameter(…)]",
    )
    _demand(arguments[0] in TYPES, f"{where}: {arguments[0]} is not a parameter type")
    kind, declared = TYPES[arguments[0]], arguments[1]
    _demand(bool(declared.description), f"{where} has no description")
    if kind in (ParameterType.INT, ParameterType.FLOAT):
        low, high = declared.minimum, declared.maximum
        _demand(low is not None and high is not None and low < high, f"{where}: bounds are missing or empty")
    fields = {field.name: getattr(declared, field.name) for field in dataclasses.fields(declared)}
    fields["label"] = declared.label or label_of(name)
    spec = ParameterSpec(name=name, type=kind, default=default, **fields)
    try:
        return dataclasses.replace(spec, default=spec.accept(default), example=spec.accept(spec.example))
    except InvalidValue as refusal:
        raise DeclarationError(f"{where}: {refusal}") from refusal


def _demand(condition: bool, complaint: str) -> None:
    if not condition:
        raise DeclarationError(complaint)

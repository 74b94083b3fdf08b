"""Random edits: values a parameter accepts, and everything else somebody might send."""

from typing import Any

from hypothesis import strategies as st

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.parameters import ParameterSpec, ParameterType
from configuration.domain.strategy import StrategySpec

SYMBOLS = ("BTCUSDT", "ETHUSDT")
specs = st.sampled_from(list(CATALOGUE.values()))
addresses = st.sampled_from([None, *SYMBOLS])


def accepted(parameter: ParameterSpec) -> st.SearchStrategy[Any]:
    """Values inside the bounds."""
    low, high = parameter.minimum, parameter.maximum
    match parameter.type:
        case ParameterType.BOOL:
            return st.booleans()
        case ParameterType.INT:
            assert low is not None
            assert high is not None
            return st.integers(int(low), int(high))
        case ParameterType.FLOAT:
            return st.floats(low, high)
        case ParameterType.LIST:
            assert parameter.allowed_values is not None
            return st.lists(st.sampled_from(parameter.allowed_values), min_size=2, unique=True)
        case _:
            raise AssertionError(f"no values for {parameter.type}")


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=5),
    st.lists(st.one_of(st.none(), st.text(max_size=8), st.just("binance")), max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def overrides(spec: StrategySpec) -> st.SearchStrategy[dict[str, Any]]:
    """A level's contents: any subset of the parameters, each value accepted by itself."""
    return st.fixed_dictionaries(
        {}, optional={name: accepted(parameter) for name, parameter in spec.parameters.items()}
    )


def edits(spec: StrategySpec) -> st.SearchStrategy[dict[str, Any]]:
    """What somebody may ask for: mostly sensible, sometimes nonsense, sometimes an unknown name."""
    wild = {
        name: st.one_of(accepted(parameter), accepted(parameter), st.none(), anything)
        for name, parameter in spec.parameters.items()
    }
    return st.fixed_dictionaries({}, optional={**wild, "nope": anything})

"""Random edits: values a parameter accepts, and everything else somebody might send."""

from typing import Any

from hypothesis import strategies as st

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.parameters import ParameterSpec, ParameterType

SPECS = list(CATALOGUE.values())
specs = st.sampled_from(SPECS)
SYMBOLS = ("BTCUSDT", "ETHUSDT", "X-1")
addresses = st.sampled_from([None, *SYMBOLS])
rubbish = st.one_of(
    st.booleans(),
    st.sampled_from([float("nan"), float("inf"), -1e9, 10**400, "", "1", [], {}, ["binance"], [1, 2]]),
    st.floats(),
    st.integers(),
    st.text("aZ1-.", max_size=5),
)


def sound(parameter: ParameterSpec) -> st.SearchStrategy[Any]:
    """Values the parameter accepts; whether the rules hold is another question."""
    if parameter.type is ParameterType.BOOL:
        return st.booleans()
    if parameter.type is ParameterType.LIST:
        choices = st.sampled_from(parameter.allowed_values or ())
        return st.lists(choices, min_size=int(parameter.minimum or 0), unique=True)
    low, high = parameter.minimum, parameter.maximum
    assert low is not None
    assert high is not None
    if parameter.type is ParameterType.INT:
        return st.integers(int(low), int(high))
    # A coarse grid, so that weights do sum to one and thresholds do meet now and then.
    return st.integers(0, 20).map(lambda step: low + (high - low) * step / 20)


def edits(spec: Any, values: Any = None) -> st.SearchStrategy[dict[str, Any]]:
    """What somebody may ask to change: sound values, inheritance, rubbish, unknown names, in any order."""
    known = {
        name: st.one_of(sound(parameter), st.none(), rubbish) if values is None else values(parameter)
        for name, parameter in spec.parameters.items()
    }
    asked = st.fixed_dictionaries({}, optional=known)
    unknown = st.dictionaries(st.sampled_from(["nope", "Top_Levels"]), st.integers(), max_size=1)
    mixed = st.tuples(asked, st.just({}) if values else unknown).map(lambda parts: {**parts[0], **parts[1]})
    return mixed.flatmap(lambda edit: st.permutations(list(edit.items())).map(dict))


def overrides(spec: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A level's contents: any subset of the parameters, each value accepted by itself."""
    return edits(spec, sound)

"""What may be asked about: a strategy of the catalogue, and whatever can be a symbol."""

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.effective import LevelAddress
from configuration.domain.problems import InvalidValue
from configuration.domain.symbols import parse_symbol
from configuration.exceptions import StrategyNotFound, ValidationFailed


def address(strategy_id: str, symbol: str | None) -> LevelAddress:
    """A known strategy and a well-formed symbol; raises StrategyNotFound or ValidationFailed."""
    require_strategy(strategy_id)
    return strategy_id, None if symbol is None else well_formed(symbol)


def require_strategy(strategy_id: str) -> None:
    """StrategyNotFound unless the catalogue has it."""
    if strategy_id not in CATALOGUE:
        raise StrategyNotFound(strategy_id)


def well_formed(symbol: str) -> str:
    """The symbol in upper case; raises ValidationFailed."""
    try:
        return parse_symbol(symbol)
    except InvalidValue as refusal:
        raise ValidationFailed([refusal.problem]) from refusal


def strategy_name(strategy_id: str) -> str:
    """As people know it; one that is in the catalogue no more by its identifier."""
    spec = CATALOGUE.get(strategy_id)
    return spec.name if spec else strategy_id

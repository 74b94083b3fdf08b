"""What the addresses of the configuration take in their queries."""

from configuration.api import fields
from configuration.api.passing_over import PASSED_OVER
from configuration.exceptions import ValidationFailed
from rest.queries import Query, QueryFaults


class ConfigurationQuery(Query):
    """Base; raises ValidationFailed with every problem."""

    @classmethod
    def refusal(cls, faults: QueryFaults) -> ValidationFailed:
        misplaced = {**faults.unknown, **faults.repeated}
        return ValidationFailed(
            [
                *(fields.problem(name, fault) for name, fault in misplaced.items()),
                *(fields.problem(name, fault) for name, each in faults.wrong.items() for fault in each),
            ]
        )


class LevelQuery(ConfigurationQuery):
    """Of what concerns a level."""

    passed_over = PASSED_OVER


class ConfigDeletion(LevelQuery):
    """Why something is deleted."""

    reason = fields.reason()
    changed_by = fields.changed_by()


class AuditQuery(LevelQuery):
    """Which changes to list."""

    symbol = fields.symbol(
        "The level of this symbol, in any case; * for all levels, without it the global one."
    )
    limit = fields.WholeInQuery(1, 1000, default=100, help_text="How many, the newest first.")
    offset = fields.WholeInQuery(0, fields.VERSION_LIMIT, default=0, help_text="How many to skip.")


class SymbolQuery(LevelQuery):
    """Which level is meant."""

    symbol = fields.symbol("The level, when neither the path nor the body names it.")

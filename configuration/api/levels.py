"""REST: one level of a strategy, read, changed, deleted and rolled back."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from configuration import services
from configuration.addressing import address
from configuration.api import shapes
from configuration.api.agreement import one_symbol, require_address
from configuration.api.base import ConfigurationView
from configuration.api.bodies import ConfigRollback, ConfigUpdate
from configuration.api.envelope import answer, read_answer
from configuration.api.preconditions import expected_tags
from configuration.api.queries import ConfigDeletion, LevelQuery, SymbolQuery
from configuration.domain.effective import StrategyLevels
from configuration.exceptions import ConfigurationError, NotPermitted, ValidationFailed
from configuration.known_symbols import doubts_about
from configuration.models import ChangeAction
from configuration.permissions import ADD, CHANGE, DELETE, to_set
from configuration.previews import preview

ACTIONS = {ChangeAction.CREATE: "created", ChangeAction.UPDATE: "updated", None: "unchanged"}
"""What a write did, as `metadata.action` has it; None: nothing."""
DELETE_FAILED = "DELETE_FAILED"
"""What older clients call whatever keeps a level from being deleted."""


def described(
    level: str, whose: str, *address: OpenApiParameter, misaddressed: tuple[int, ...] = (404,)
) -> Any:
    """The documentation of one kind of level: its name in operations, and whose values it holds in words."""
    return extend_schema_view(
        get=extend_schema(
            operation_id=f"get{level}Config",
            summary=f"What is in force for {whose}",
            parameters=[shapes.STRATEGY_ID, *address, shapes.TAG],
            responses={**shapes.CONFIG_ANSWER, **shapes.refused(*misaddressed)},
            examples=[shapes.CONFIG_EXAMPLE],
        ),
        post=extend_schema(
            operation_id=f"set{level}Config",
            summary=f"Change what holds for {whose}",
            parameters=[shapes.STRATEGY_ID, *address, shapes.IF_MATCH, shapes.TAG],
            request=ConfigUpdate,
            responses={**shapes.CHANGED_ANSWER, **shapes.refused(404, *shapes.WRITE_REFUSALS)},
            examples=shapes.UPDATE_EXAMPLES,
        ),
        delete=extend_schema(
            operation_id=f"delete{level}Config",
            summary=f"Remove everything set for {whose}",
            parameters=[shapes.STRATEGY_ID, *address, shapes.IF_MATCH, ConfigDeletion],
            responses={**shapes.DELETED_ANSWER, **shapes.refused(400, 404, 412, 429)},
        ),
    )


def rollback_described(level: str, whose: str, *parameters: Any) -> Any:
    """The same of going back."""
    return extend_schema_view(
        post=extend_schema(
            operation_id=f"rollback{level}Config",
            summary=f"Go back to earlier values for {whose}",
            parameters=[shapes.STRATEGY_ID, *parameters, shapes.TAG],
            request=ConfigRollback,
            responses={**shapes.CONFIG_ANSWER, **shapes.refused(404, 409, *shapes.WRITE_REFUSALS)},
            examples=shapes.ROLLBACK_EXAMPLES,
        )
    )


@described("Global", "all symbols")
class ConfigView(ConfigurationView):
    permissions_by_method = {
        **ConfigurationView.permissions_by_method,
        "POST": (ADD, CHANGE),  # which of them depends on whether the level exists: see `post`
        "DELETE": (DELETE,),
    }
    reads_body = True
    queries = {"GET": LevelQuery, "POST": LevelQuery, "DELETE": ConfigDeletion}

    def only_judges(self, request: Request) -> bool:
        body = request.data if request.method == "POST" else None
        return isinstance(body, dict) and body.get("validate_only") is True

    def get(self, request: Request, strategy_id: str, symbol: str | None = None) -> Response:
        """The complete set of values in force, with the layer each comes from (`provenance`) and what this
        level sets itself (`overrides`). Values are merged per parameter: default, environment, global,
        symbol. The `ETag` names the level's state and what it inherits, as in `"own:7;global:2;9f2c1a77d0b3e4f5"`:
        send it as `If-Match` with a change, or its first part, `"own:7"`, to compare the level alone. Sent as
        `If-None-Match` it is answered with 304 while nothing has changed.

        Example: `/api/v1/strategies/orderbook_skew/config/BTCUSDT`
        """
        levels, symbol = self.level(strategy_id, symbol)
        return read_answer(request, levels.config(symbol), levels.tag(symbol))

    def post(self, request: Request, strategy_id: str, symbol: str | None = None) -> Response:
        """Merge parameters into this level (`replace` makes them all of it; null inherits again). The whole
        change is refused, every problem named, when a value or a rule on the resolved values fails, for
        the global level also when a symbol's override would. `validate_only` answers with a preview. What
        changes nothing makes no version: `metadata.action` is `unchanged` then. The first values of a symbol
        nobody has heard of are taken; `metadata.warnings` says which one may be meant.

        Example: `{"parameters": {"top_levels": 10}, "reason": "thin touch"}`
        """
        levels, symbol = self.level(strategy_id, symbol)
        self.require(to_set(levels.own(symbol)))
        update = ConfigUpdate.of(request)
        require_address(request.data, strategy_id, symbol)
        expected = expected_tags(request)
        if update["validate_only"]:
            if expected is not None:
                services.require_state(levels, symbol, expected)
            return self._preview(levels, symbol, update)
        doubts = doubts_about(levels, symbol)
        written = services.write(
            strategy_id,
            symbol,
            update["parameters"],
            author=self.author(update),
            replace=update["replace"],
            expected=expected,
        )
        metadata = {"action": ACTIONS[written.action]} | warnings(doubts)
        return answer(written.config, metadata, tag=written.tag)

    def delete(self, request: Request, strategy_id: str, symbol: str | None = None) -> Response:
        """Remove everything this level sets, so that it inherits again. The audit trail stays, and a rollback
        brings the values back. Refused when a symbol's override relies on a global value.

        Example: `DELETE /api/v1/strategies/orderbook_skew/config/BTCUSDT?reason=delisted`
        """
        strategy_id, symbol = address(strategy_id, symbol)
        expected = expected_tags(request)
        written = services.delete(strategy_id, symbol, author=self.author(self.query), expected=expected)
        metadata = {"action": "deleted"} | ({"symbol": symbol} if symbol else {})
        whose = f"{strategy_id} for {symbol or 'all symbols'}"
        return answer(
            {"message": f"Configuration of {whose} deleted successfully"}, metadata, tag=written.tag
        )

    def handle_exception(self, error: Exception) -> Response:
        response = super().handle_exception(error)
        is_refused = isinstance(error, ConfigurationError) and not isinstance(error, NotPermitted)
        if self.request.method == "DELETE" and is_refused:
            refusal = response.data["error"]
            refusal["details"] = {"alias": DELETE_FAILED, "errors": [refusal["message"]]} | (
                refusal["details"] or {}
            )
        return response

    def _preview(self, levels: StrategyLevels, symbol: str | None, update: Mapping[str, Any]) -> Response:
        seen = preview(levels, symbol, update["parameters"], replace=update["replace"])
        if seen.problems:
            raise ValidationFailed(seen.problems)
        return answer(seen.after, {"validation": "passed"} | warnings(doubts_about(levels, symbol)))


def warnings(sentences: list[str]) -> dict[str, Any]:
    """What metadata contain about them: nothing where there are none."""
    return {"warnings": sentences} if sentences else {}


@described("Symbol", "one symbol", shapes.SYMBOL, misaddressed=(400, 404))
class SymbolConfigView(ConfigView):
    """The same for one symbol."""


@rollback_described("Global", "all symbols", shapes.IF_MATCH, SymbolQuery)
class RollbackView(ConfigurationView):
    permissions_by_method = {"POST": (ADD, CHANGE, DELETE)}  # which of them depends on the target: see `post`
    reads_body = True
    queries = {"POST": SymbolQuery}

    def post(self, request: Request, strategy_id: str, symbol: str | None = None) -> Response:
        """Give a level the contents of a version (`target_version`), of an audit item (`rollback_id`), or,
        with neither, those before its last change: rolling back again takes the rollback back. The result is a
        new version, unless the level holds the same already (`metadata.action` is `unchanged` then). The level
        is the symbol of path, query or body, which must not differ, else the global one.

        Example: `{"target_version": 2, "reason": "filled badly"}`
        """
        body = ConfigRollback.of(request)
        symbol = one_symbol(path=symbol, query=self.query.get("symbol"), body=body.get("symbol"))
        levels, symbol = self.level(strategy_id, symbol)
        expected = expected_tags(request)
        wanted: dict[str, Any] = {
            "target_version": body.get("target_version"),
            "change_id": body.get("rollback_id"),
        }
        target = services.rollback_target(strategy_id, symbol, **wanted)
        wanted = {"change_id": str(target.history_id)}  # it is this one that they must be allowed to restore
        if levels.own(symbol) is None:
            self.require(ADD)
        else:
            self.require(DELETE if target.action is ChangeAction.DELETE else CHANGE)
        written = services.roll_back(
            strategy_id, symbol, author=self.author(body), expected=expected, **wanted
        )
        action = "rolled_back" if written.change else ACTIONS[None]
        metadata = {"action": action, "restored_version": written.restored_version}
        return answer(written.config, metadata, tag=written.tag)


@rollback_described("Symbol", "one symbol", shapes.SYMBOL, shapes.IF_MATCH)
class SymbolRollbackView(RollbackView):
    """The same for one symbol."""

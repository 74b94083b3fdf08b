"""What every view of the configuration shares: who may ask, how often, and how errors are answered."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

from django.contrib.auth.models import AbstractBaseUser
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import is_success
from rest_framework.views import APIView

from configuration import reading
from configuration.addressing import address
from configuration.api.authentication import RememberedSession, RememberedToken
from configuration.api.envelope import AllowedMethods, AlwaysJSON, answer_error
from configuration.api.parsing import TolerantJSONParser
from configuration.api.passing_over import warned
from configuration.api.queries import ConfigurationQuery
from configuration.api.throttling import WriteThrottle
from configuration.api.writing import may_write
from configuration.domain.effective import StrategyLevels
from configuration.domain.problems import shown
from configuration.models import Source
from configuration.permissions import CHANGE, VIEW
from configuration.scopes import refusal
from configuration.services import Author

STALE = '110 - "database away: last known good"'


class HasVerb(BasePermission):
    """The user has any of the permissions the view names for the method; one it does not serve is a 405. Whoever is
    known and has none learns what is missing.

    Which methods there are is shown to anybody who is logged in.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not hasattr(view, str(request.method).lower()):
            return True
        if request.method == "OPTIONS":
            return bool(request.user and request.user.is_authenticated)
        wanted = view.permissions_needed(request) if isinstance(view, ConfigurationView) else ()
        if any(request.user.has_perm(each) for each in wanted):
            return True
        if wanted and request.user.is_authenticated:
            raise refusal(request.user, wanted)
        return False


class ConfigurationView(APIView):
    """Base: who may ask, how often, and how errors are answered."""

    authentication_classes = [RememberedToken, RememberedSession]
    permission_classes = [HasVerb]
    throttle_classes = [WriteThrottle]
    parser_classes = [TolerantJSONParser]
    content_negotiation_class = AlwaysJSON
    metadata_class = AllowedMethods
    queries: ClassVar[Mapping[str, type[ConfigurationQuery]]] = {}
    """What is taken in the query, by method; nothing where it is not named. `query` holds what was sent."""
    reads_body: ClassVar[bool] = False
    """Has a POST that succeeds read a JSON object?"""
    permissions_by_method: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **dict.fromkeys(SAFE_METHODS, (VIEW,)),
        "POST": (CHANGE,),
    }
    """Of which one is needed, by method."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # First of all: the check against forged requests would read a form, and find fault with it, itself.
        if request.method not in SAFE_METHODS and request.stream is not None:
            self._require_json(request)
        super().initial(request, *args, **kwargs)
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method in self.allowed_methods and method != "OPTIONS":
            self.query = self.queries.get(method, ConfigurationQuery).of(request)

    def _require_json(self, request: Request) -> None:
        if not self.get_content_negotiator().select_parser(request, self.get_parsers()):
            given = request.content_type.partition(";")[0] or "no Content-Type"
            sentence = f"Bodies are JSON (Content-Type: application/json), got {shown(given)}"
            raise UnsupportedMediaType(given, sentence)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        # Asked last: an answer without an error has read the body, where there is one.
        if is_success(response.status_code):
            body = request.data if self.reads_body and request.method == "POST" else ()
            response.data["metadata"] = warned(response.data["metadata"], request.query_params, body)
            if reading.reader.is_store_away and not may_write(request):
                response["Warning"] = STALE
        return super().finalize_response(request, response, *args, **kwargs)

    def permissions_needed(self, request: Request) -> tuple[str, ...]:
        """Of which one is needed for this request."""
        return self.permissions_by_method.get(str(request.method), ())

    def only_judges(self, request: Request) -> bool:
        """Does this request ask what a change would do, and make none?"""
        return False

    def level(self, strategy_id: str, symbol: str | None) -> tuple[StrategyLevels, str | None]:
        """The strategy and the well-formed symbol a path addresses."""
        strategy_id, symbol = address(strategy_id, symbol)
        return reading.strategy(strategy_id), symbol

    def require(self, permission: str) -> None:
        """NotPermitted unless the user has it."""
        if not self.request.user.has_perm(permission):
            raise refusal(self.request.user, [permission])

    @property
    def _door(self) -> Source:
        """Whoever comes with the session of the pages sits at a browser, and not behind a program."""
        by_session = isinstance(self.request.successful_authenticator, RememberedSession)
        return Source.ADMIN if by_session else Source.API

    def author(self, body: Mapping[str, Any]) -> Author:
        return Author(
            source=self._door,
            user=cast(AbstractBaseUser, self.request.user),
            reason=body.get("reason") or "",
            changed_by=body.get("changed_by") or "",
        )

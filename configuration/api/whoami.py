"""REST: who is asking, and what the token they bring was made for."""

from datetime import datetime
from typing import Annotated, TypedDict

from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from msgspec import Meta
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer
from configuration.scopes import SCOPES, open_to


class Asker(TypedDict):
    account: str
    scopes: Annotated[
        list[Annotated[str, shapes.one_of(SCOPES)]],
        Meta(description="What may be done: what the token was made for, as far as its account may it, too."),
    ]
    expires_at: Annotated[
        datetime | None,
        Meta(description="When the token ends; null for a session, and for a token that does not."),
    ]


class WhoAmIView(ConfigurationView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="whoAmI",
        summary="Whose token is this, and what is it good for?",
        responses={200: shapes.envelope("Asker", Asker), **shapes.refused()},
    )
    def get(self, request: Request) -> Response:
        """The account, the scopes and the end of the token that is sent. Use it to try a token, whatever it was made
        for: one that is revoked, expired or mistyped is answered with 401.

        Example: `/api/v1/whoami`
        """
        token = request.auth
        asker: Asker = {
            "account": request.user.get_username(),
            "scopes": [scope.name for scope in open_to(request.user)],
            "expires_at": token.expiry if isinstance(token, AuthToken) else None,
        }
        return answer(asker)

"""REST: what a change did."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer
from configuration.audit import change_of
from configuration.permissions import VIEW_ALERTS
from effects.effect import Effect, effect_of

CHANGE_ID = OpenApiParameter(
    "change_id", str, OpenApiParameter.PATH, description="The `id` of an audit item."
)


class EffectView(ConfigurationView):
    @extend_schema(
        operation_id="getEffect",
        summary="What a change of configuration did",
        parameters=[CHANGE_ID],
        responses={200: shapes.envelope("Effect", Effect), **shapes.refused(404)},
    )
    def get(self, request: Request, change_id: str) -> Response:
        """Signals per hour and their mean outcomes in equal spans before and after a change, up to 15 minutes, an hour
        and a day on either side, each cut at the changes of the same level beside it; what the market was like in
        them; and the alerts, halts and other changes within 15 minutes. It fills in as time passes: `fills_until`
        says until when. Nothing of it is called the cause.

        Example: `/api/v1/audit/42/effect`
        """
        may_see_alerts = request.user.has_perm(VIEW_ALERTS)
        return answer(effect_of(change_of(change_id), timezone.now(), may_see_alerts=may_see_alerts))

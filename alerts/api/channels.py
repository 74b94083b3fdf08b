"""REST: where alerts are told."""

from http import HTTPStatus

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import reading, services
from alerts.api.answers import ChannelItem, TrialItem, channel_item, trial_item
from alerts.api.requests import ChannelBody, ChannelTrial, RuleDeletion, channel_of
from alerts.api.views import CHANGED, CREATED, IF_MATCH, READING
from alerts.delivery.trying import try_channel
from alerts.models import Channel
from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer, read_answer
from configuration.api.preconditions import expected_tags
from configuration.permissions import CHANGE_CHANNELS

CHANNEL_ID = OpenApiParameter("channel_id", int, OpenApiParameter.PATH, description="The `id` of a channel.")
EXAMPLE = OpenApiExample(
    "Mails to the desk",
    {
        "name": "Mails to the desk",
        "kind": "email",
        "address": "desk@example.com",
        "least_severity": "warning",
        "reason": "nights are watched from home",
    },
    request_only=True,
)
ONE_CHANNEL = shapes.envelope("AlertChannel", ChannelItem)


class ChannelBase(ConfigurationView):
    """Base: who may change channels sees of them what is no secret, others what they are called."""

    def item(self, row: Channel) -> ChannelItem:
        return channel_item(row, is_open=self.request.user.has_perm(CHANGE_CHANNELS))


class ChannelsView(ChannelBase):
    permissions_by_method = {**READING, "POST": (CHANGE_CHANNELS,)}

    @extend_schema(
        operation_id="listAlertChannels",
        summary="All channels",
        responses={200: shapes.envelope("AlertChannels", list[ChannelItem]), **shapes.refused()},
    )
    def get(self, request: Request) -> Response:
        """By name, those that are disabled as well. Address and secret are shown to nobody.

        Example: `/api/v1/alerts/channels`
        """
        items = [self.item(row) for row in Channel.objects.all()]
        return answer(items, {"count": len(items)})

    @extend_schema(
        operation_id="createAlertChannel",
        summary="Make a channel",
        parameters=[CREATED],
        request=ChannelBody,
        responses={201: ONE_CHANNEL, **shapes.refused(400, 415, 429)},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Rules name it in their `channels`. Address and secret are kept encrypted; either may be `env:NAME`, for a
        variable that begins with `ALERTS_CHANNEL_`.

        Example: `{"name": "Mails", "kind": "email", "address": "desk@example.com", "reason": "new"}`
        """
        body = ChannelBody.of(request)
        saved = services.save_channel(channel_of(body), author=self.author(body))
        response = answer(self.item(saved.row), {"action": saved.action}, tag=saved.row.tag)
        response.status_code = HTTPStatus.CREATED
        return response


class ChannelView(ChannelBase):
    permissions_by_method = {**READING, "PUT": (CHANGE_CHANNELS,), "DELETE": (CHANGE_CHANNELS,)}
    queries = {"DELETE": RuleDeletion}

    @extend_schema(
        operation_id="getAlertChannel",
        summary="One channel",
        parameters=[CHANNEL_ID, shapes.TAG],
        responses={200: ONE_CHANNEL, **shapes.refused(404)},
    )
    def get(self, request: Request, channel_id: int) -> Response:
        """The `ETag` names its state, as in `"channel:7"`: send it as `If-Match` with a change.

        Example: `/api/v1/alerts/channels/3`
        """
        row = reading.channel(channel_id)
        return read_answer(request, self.item(row), row.tag)

    @extend_schema(
        operation_id="changeAlertChannel",
        summary="Change a channel",
        parameters=[CHANNEL_ID, IF_MATCH, shapes.TAG],
        request=ChannelBody,
        responses={200: ONE_CHANNEL, **shapes.refused(400, 404, 415, 429), 412: CHANGED},
        examples=[EXAMPLE],
    )
    def put(self, request: Request, channel_id: int) -> Response:
        """The body is the whole channel, but for `address` and `secret`: left out they stay, while the kind does.

        Example: what a GET answers, with a `reason`
        """
        body = ChannelBody.of(request)
        saved = services.save_channel(
            channel_of(body, channel_id), author=self.author(body), expected=expected_tags(request)
        )
        return answer(self.item(saved.row), {"action": saved.action}, tag=saved.row.tag)

    @extend_schema(
        operation_id="deleteAlertChannel",
        summary="Delete a channel",
        parameters=[CHANNEL_ID, IF_MATCH, RuleDeletion],
        responses={**shapes.DELETED_ANSWER, **shapes.refused(400, 404, 429), 412: CHANGED},
    )
    def delete(self, request: Request, channel_id: int) -> Response:
        """Refused while a rule names it. What waits for it is given up; its history stays.

        Example: `DELETE /api/v1/alerts/channels/3?reason=replaced`
        """
        services.delete_channel(channel_id, author=self.author(self.query), expected=expected_tags(request))
        return answer({"message": f"Channel {channel_id} deleted successfully"}, {"action": "deleted"})


class TrialView(ChannelBase):
    permissions_by_method = {"POST": (CHANGE_CHANNELS,)}

    @extend_schema(
        operation_id="testAlertChannel",
        summary="Send a test to a channel",
        parameters=[CHANNEL_ID],
        request=ChannelTrial,
        responses={200: shapes.envelope("AlertChannelTest", TrialItem), **shapes.refused(404, 415, 429)},
        examples=[OpenApiExample("Now", {}, request_only=True)],
    )
    def post(self, request: Request, channel_id: int) -> Response:
        """At once, and once: the answer says what became of it, in words without secrets. Disabled channels, too.

        Example: `POST /api/v1/alerts/channels/test/3` with `{}`
        """
        ChannelTrial.of(request)
        return answer(trial_item(try_channel(reading.channel(channel_id))))

"""REST: levels that changed at one stroke, read and taken back together."""

from typing import Annotated, TypedDict

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from configuration import audit, batches
from configuration.api import fields, shapes
from configuration.api.base import ConfigurationView
from configuration.api.bodies import RequestBody
from configuration.api.envelope import answer
from configuration.permissions import ADD, CHANGE, DELETE

BATCH = OpenApiParameter("batch", str, OpenApiParameter.PATH, description="The `batch` of an audit item.")


class BatchRevert(RequestBody):
    """Why a batch is taken back."""

    reason = fields.reason()
    changed_by = fields.changed_by()
    validate_only = fields.Flag(default=False, help_text="Check only; write nothing.")


class BatchItem(audit.AuditItem):
    is_newest: Annotated[bool, Meta(description="Whether the level was not changed since.")]


class RevertedBatch(TypedDict):
    reverted: Annotated[str, Meta(description="The batch that was taken back.")]
    batch: Annotated[str | None, Meta(description="The new one; null where it was only checked.")]


class BatchView(ConfigurationView):
    @extend_schema(
        operation_id="getBatch",
        summary="The changes that were made at one stroke",
        parameters=[BATCH],
        responses={200: shapes.envelope("Batch", list[BatchItem]), **shapes.refused(404)},
    )
    def get(self, request: Request, batch: str) -> Response:
        """Every change of a batch (a copy to several symbols, an import, the reverting of a batch) in the order it was
        made; `is_newest` says of each whether its level was left alone since, as reverting the batch asks.

        Example: `/api/v1/batches/0b0f6a52-7a55-4c8f-9d0e-3c3d1a0f4a11`
        """
        items: list[BatchItem] = [
            {**audit.audit_item(each.change), "is_newest": each.is_newest}
            for each in batches.changes_in(batch)
        ]
        return answer(items, {"count": len(items)})


class BatchRevertView(ConfigurationView):
    permissions_by_method = {
        "POST": (ADD, CHANGE, DELETE)
    }  # which of them depends on the changes: see `post`

    def only_judges(self, request: Request) -> bool:
        return isinstance(request.data, dict) and request.data.get("validate_only") is True

    @extend_schema(
        operation_id="revertBatch",
        summary="Take back all changes of a batch in one step",
        parameters=[BATCH],
        request=BatchRevert,
        responses={
            200: shapes.envelope("RevertedBatch", RevertedBatch),
            **shapes.refused(400, 404, 409, 415, 429),
        },
        examples=[OpenApiExample("Take it back", {"reason": "wrong template"}, request_only=True)],
    )
    def post(self, request: Request, batch: str) -> Response:
        """Give every level of the batch what it held before, all of them or none; the result is a new batch, which can
        be reverted too. Refused with 409 where levels were changed since (`BATCH_CHANGED` names them), or where the
        old values no longer pass (`ROLLBACK_FAILED`). Takes the permission to delete what the batch created, to add
        what it deleted, and to change what it changed.

        Example: `{"reason": "wrong template"}`
        """
        body = BatchRevert.of(request)
        changes = batches.changes_in(batch)
        for permission in {each.permission for each in changes}:
            self.require(permission)
        if body["validate_only"]:
            batches.check(changes)
            return answer({"reverted": batch, "batch": None}, {"validation": "passed"})
        made = batches.take_back(batch, author=self.author(body))
        return answer({"reverted": batch, "batch": made}, {"action": "reverted"})

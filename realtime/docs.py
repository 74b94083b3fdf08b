"""How the API describes itself: the OpenAPI document, and the page to read it and to try every call."""

from collections.abc import Iterable

from django.conf import settings
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularJSONAPIView,
    SpectacularSwaggerSplitView,
)
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from realtime import typed_answers  # noqa: F401  # which registers itself

FORMATS = {"json": "application/json", "yaml": "application/yaml"}


class FormatInQuery(DefaultContentNegotiation):
    """`?format=json` or `?format=yaml`, and without it what is accepted."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        wanted = request.query_params.get("format")
        if wanted is None:
            return super().select_renderer(request, renderers, format_suffix)
        if wanted not in FORMATS:
            raise ValidationError({"format": f"must be one of {', '.join(FORMATS)}"})
        renderer = next(each for each in renderers if each.media_type == FORMATS[wanted])
        return renderer, FORMATS[wanted]


class SchemaView(SpectacularAPIView):
    content_negotiation_class = FormatInQuery
    authentication_classes = []


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI in the frame of the other pages."""

    url_name = "schema"
    template_name = "realtime/docs.html"
    authentication_classes = [SessionAuthentication]  # a page: tokens are for calls

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        answer: Response = super().get(request, *args, **kwargs)
        answer.data |= {
            "page": "docs",
            "metrics_require_login": settings.METRICS_REQUIRE_LOGIN,
            "interval_ms": settings.PUSH_INTERVAL_MS,
        }
        return answer


class PlainSchemaView(SpectacularJSONAPIView):
    """The document as generators expect it at `/openapi.json`: JSON, and called so."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer]
    authentication_classes = []

"""The pages of the API, one to read and try every call, one to read alone; and the document itself."""

from django.conf import settings
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response


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


class RedocView(SpectacularRedocView):
    """Redoc, the whole width of the window; nothing of it comes from another host."""

    url_name = "schema"
    template_name = "realtime/redoc.html"
    authentication_classes = []


class PlainSchemaView(SpectacularJSONAPIView):
    """The document as generators expect it at `/openapi.json`: JSON, and called so."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer]
    authentication_classes = []

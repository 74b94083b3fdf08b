"""Every HTTP address of the product."""

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from realtime import health

# Its script comes from an address of its own, as our policy demands; its few styles stand in the page.
docs = csp_update({"style-src": [UNSAFE_INLINE]})(SpectacularSwaggerSplitView.as_view(url_name="schema"))

urlpatterns = [
    path("", include("metrics.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("metrics.api.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", docs, name="docs"),
    path("healthz", health.healthz, name="healthz"),
    path("ready", health.ready, name="ready"),
    path("info", health.info, name="info"),
    path("metrics", health.figures, name="figures"),
]

"""Every HTTP address of the product."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from realtime import errors, finding, halted_now, health
from realtime.choosing_password import ChoosePassword
from realtime.docs import DocsView, PlainSchemaView, SchemaView
from realtime.password_change import password_change

admin.autodiscover()

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
urlpatterns = [
    path("", include("metrics.urls")),
    path("", include("strategies.urls")),
    path("alerts", RedirectView.as_view(pattern_name="alerts:alerts")),
    path("admin/alerts/", include("desk.alert_urls")),
    path("admin/history/", include("effects.urls")),
    path("admin/", include("desk.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/password_change/", password_change),
    path("admin/welcome/<uidb64>/<token>/", ChoosePassword.as_view(), name="choose-password"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("configuration.api.urls")),
    path("api/v1/", include("halts.api.urls")),
    path("api/v1/", include("alerts.api.urls")),
    path("api/v1/", include("desk.api.urls")),
    path("api/v1/", include("effects.api.urls")),
    path("api/v1/", include("strategies.api.urls")),
    path("api/v1/", include("what_if.api.urls")),
    path("api/v1/", include("metrics.api.urls")),
    path("api/schema", SchemaView.as_view(), name="schema"),
    path("openapi.json", PlainSchemaView.as_view(), name="openapi"),
    path("docs", DocsView.as_view(), name="docs"),
    path("redoc", RedirectView.as_view(pattern_name="docs")),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}realtime/favicon.svg")),
    path("halted", halted_now.show, name="halted-now"),
    path("find", finding.find, name="find"),
    path("healthz", health.healthz, name="healthz"),
    path("ready", health.ready, name="ready"),
    path("info", health.info, name="info"),
    path("metrics", health.figures, name="figures"),
    re_path(r"^api(?:/|$)", errors.unknown_address),
]

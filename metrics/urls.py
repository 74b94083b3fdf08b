"""Pages of the metrics application."""

from django.urls import path
from django.views.generic import RedirectView

from metrics import comparing, parts, views

app_name = "metrics"
every_symbol = RedirectView.as_view(pattern_name="metrics:overview")
urlpatterns = [
    path("", views.overview, name="overview"),
    path("compare/", comparing.compare, name="compare"),
    path("symbols/", every_symbol),
    path("symbols", every_symbol),
    path("symbols/<str:name>/", views.symbol, name="symbol"),
    path("symbols/<str:name>", views.symbol),
    path("symbols/<str:name>/liquidity/", parts.liquidity, name="liquidity"),
    path("symbols/<str:name>/day/", parts.day, name="day"),
]

"""Pages of the metrics application."""

from django.urls import path

from metrics import views

app_name = "metrics"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("symbols/<str:name>/", views.symbol, name="symbol"),
    path("symbols/<str:name>", views.symbol),
]

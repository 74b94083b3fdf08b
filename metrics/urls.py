"""Pages of the metrics application."""

from django.urls import path

from metrics import views

app_name = "metrics"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("symbols/<str:symbol>/", views.symbol, name="symbol"),
]

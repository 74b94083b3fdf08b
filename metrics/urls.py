"""Pages of the metrics application."""

from django.urls import URLPattern

app_name = "metrics"
urlpatterns: list[URLPattern] = []

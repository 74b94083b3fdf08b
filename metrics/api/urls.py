"""REST addresses of the metrics application."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

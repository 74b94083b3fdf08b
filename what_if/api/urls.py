"""REST addresses of what-ifs."""

from django.urls import path

from what_if.api import views

urlpatterns = [
    path("strategies/<str:strategy_id>/what-if", views.WhatIfView.as_view(), name="what-if"),
    path(
        "strategies/<str:strategy_id>/what-if/<str:symbol>",
        views.SymbolWhatIfView.as_view(),
        name="symbol-what-if",
    ),
    path("what-if/recordings", views.RecordingsView.as_view(), name="what-if-recordings"),
]

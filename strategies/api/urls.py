"""REST addresses of the strategies at work."""

from django.urls import path

from strategies.api import views

urlpatterns = [
    path("signals", views.SignalsView.as_view(), name="signals"),
    path("strategies/<str:strategy_id>/applied", views.AppliedView.as_view(), name="applied"),
]

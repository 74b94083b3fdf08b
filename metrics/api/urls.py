"""REST addresses of the metrics application."""

from django.urls import path

from metrics.api import views

urlpatterns = [
    path("metrics/depth/<str:symbol>", views.DepthView.as_view(), name="depth"),
    path("metrics/pressure/<str:symbol>", views.PressureView.as_view(), name="pressure"),
    path("metrics/history/<str:symbol>", views.HistoryView.as_view(), name="history"),
    path("metrics/summary", views.SummaryView.as_view(), name="summary"),
    path("metrics/all", views.AllView.as_view(), name="all"),
    path("metrics/sparklines", views.SparklinesView.as_view(), name="sparklines"),
    path("feed", views.FeedView.as_view(), name="feed"),
]

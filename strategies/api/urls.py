"""REST addresses of the strategies at work."""

from django.urls import path

from strategies.api import export, feeds, ledger, views

urlpatterns = [
    path("feed", feeds.FeedView.as_view(), name="feed"),
    path("signals/export", export.SignalsExportView.as_view(), name="signals_export"),
    path("signals/export.parquet", export.SignalsExportParquetView.as_view(), name="signals_export_parquet"),
    path("signals/summary", ledger.SummaryView.as_view(), name="signals_summary"),
    path("signals", views.SignalsView.as_view(), name="signals"),
    path("strategies/<str:strategy_id>/applied", views.AppliedView.as_view(), name="applied"),
    path("strategies/<str:strategy_id>/measured", views.MeasuredView.as_view(), name="measured"),
]

"""REST addresses of the metrics application."""

from django.urls import path

from metrics.api import export, liquidity, market, symbol

urlpatterns = [
    path("metrics/depth/<str:symbol>", symbol.DepthView.as_view(), name="depth"),
    path("metrics/pressure/<str:symbol>", symbol.PressureView.as_view(), name="pressure"),
    path("metrics/prices/<str:symbol>", symbol.PricesView.as_view(), name="prices"),
    path("metrics/liquidity/<str:symbol>", liquidity.LiquidityView.as_view(), name="liquidity"),
    path("metrics/liquidity", liquidity.LiquidityListView.as_view(), name="liquidities"),
    path("metrics/heat/<str:symbol>", liquidity.HeatView.as_view(), name="heat"),
    path("metrics/impact/<str:symbol>", liquidity.ImpactView.as_view(), name="impact"),
    path("metrics/venues/<str:symbol>", symbol.VenuesView.as_view(), name="venues"),
    path("metrics/history/<str:symbol>.csv", symbol.HistoryFileView.as_view(), name="history-csv"),
    path("metrics/history/<str:symbol>", symbol.HistoryView.as_view(), name="history"),
    path("metrics/export", export.ExportView.as_view(), name="export"),
    path("metrics/export.parquet", export.ExportParquetView.as_view(), name="export-parquet"),
    path("metrics/summary", market.SummaryView.as_view(), name="summary"),
    path("metrics/all", market.AllView.as_view(), name="all"),
    path("metrics/sparklines", market.SparklinesView.as_view(), name="sparklines"),
]

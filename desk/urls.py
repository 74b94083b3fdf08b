"""Addresses of the configuration pages, inside the admin."""

from django.urls import path

from desk import batches, copying, halting, history, levels, removal, reverting, strategies

app_name = "tuning"
urlpatterns = [
    path("strategies/", strategies.overview, name="strategies"),
    path("strategies/<str:strategy_id>/", strategies.strategy, name="strategy"),
    path("strategies/<str:strategy_id>/override/", strategies.open_override, name="open-override"),
    path("strategies/<str:strategy_id>/global/", levels.level, name="global"),
    path("strategies/<str:strategy_id>/global/remove/", removal.remove, name="remove-global"),
    path("strategies/<str:strategy_id>/symbols/<str:symbol>/", levels.level, name="symbol"),
    path("strategies/<str:strategy_id>/symbols/<str:symbol>/remove/", removal.remove, name="remove-symbol"),
    path("strategies/<str:strategy_id>/symbols/<str:symbol>/copy/", copying.copy, name="copy"),
    path("halt/", halting.halt, name="halt"),
    path("resume/", halting.resume, name="resume"),
    path("history/", history.history, name="history"),
    path("history/export.csv", history.export, name="history-csv"),
    path("history/batches/<uuid:batch>/revert/", batches.revert, name="revert-batch"),
    path("history/<int:change_id>/revert/", reverting.revert, name="revert"),
]

"""REST addresses of halting and resuming, and of levels, without trailing slash; both spellings are served."""

from django.urls import path

from configuration.api.levels import ConfigView, SymbolConfigView
from halts.api import offers, views
from halts.api.brake import behind_the_brake

STRATEGY = "strategies/<str:strategy_id>"

LEVELS = [
    path(f"{STRATEGY}/config", behind_the_brake(ConfigView.as_view()), name="config"),
    path(
        f"{STRATEGY}/config/<str:symbol>", behind_the_brake(SymbolConfigView.as_view()), name="symbol-config"
    ),
]
urlpatterns = [
    *LEVELS,
    path("halts", offers.HaltsView.as_view(), name="halts"),
    path("halts/reasons", offers.ReasonsView.as_view(), name="halt-reasons"),
    path("halts/symbols", offers.HaltedSymbolsView.as_view(), name="halted-symbols"),
    path("strategies/halt", views.HaltAllView.as_view(), name="halt-all"),
    path("strategies/resume", views.ResumeAllView.as_view(), name="resume-all"),
    path(f"{STRATEGY}/halt", views.HaltStrategyView.as_view(), name="halt-strategy"),
    path(f"{STRATEGY}/resume", views.ResumeStrategyView.as_view(), name="resume-strategy"),
    path(f"{STRATEGY}/halt/<str:symbol>", views.HaltSymbolView.as_view(), name="halt-symbol"),
    path(f"{STRATEGY}/resume/<str:symbol>", views.ResumeSymbolView.as_view(), name="resume-symbol"),
]

"""REST addresses of halting and resuming, without trailing slash; both spellings are served."""

from django.urls import path

from halts.api import views

STRATEGY = "strategies/<str:strategy_id>"

urlpatterns = [
    path("strategies/halt", views.HaltAllView.as_view(), name="halt-all"),
    path("strategies/resume", views.ResumeAllView.as_view(), name="resume-all"),
    path(f"{STRATEGY}/halt", views.HaltStrategyView.as_view(), name="halt-strategy"),
    path(f"{STRATEGY}/resume", views.ResumeStrategyView.as_view(), name="resume-strategy"),
    path(f"{STRATEGY}/halt/<str:symbol>", views.HaltSymbolView.as_view(), name="halt-symbol"),
    path(f"{STRATEGY}/resume/<str:symbol>", views.ResumeSymbolView.as_view(), name="resume-symbol"),
]

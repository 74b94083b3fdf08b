"""REST addresses of what the desk sees across rooms, without trailing slash; both spellings are served."""

from django.urls import path

from desk.api.events import EventsView
from desk.api.strategies import StrategyListView

urlpatterns = [
    path("strategies", StrategyListView.as_view(), name="strategies"),
    path("config/events", EventsView.as_view(), name="config-events"),
]

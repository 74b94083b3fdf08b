"""Pages of the strategies application."""

from django.urls import path

from strategies import views

app_name = "strategies"
urlpatterns = [
    path("signals/", views.signals, name="signals"),
    path("signals", views.signals),
]

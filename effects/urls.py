"""Addresses of the pages of changes, inside the admin."""

from django.urls import path

from effects import views

app_name = "effects"
urlpatterns = [path("<int:change_id>/", views.change, name="change")]

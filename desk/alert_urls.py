"""Addresses of the pages of alerts and of their rules, inside the admin."""

from django.urls import path

from desk import alert_rules, alerts

app_name = "alerts"
urlpatterns = [
    path("", alerts.alerts, name="alerts"),
    path("<int:alert_id>/acknowledge/", alerts.acknowledge, name="acknowledge"),
    path("rules/", alert_rules.rules, name="rules"),
    path("rules/new/", alert_rules.rule, name="new-rule"),
    path("rules/<int:rule_id>/", alert_rules.rule, name="rule"),
    path("rules/<int:rule_id>/delete/", alert_rules.remove, name="delete-rule"),
]

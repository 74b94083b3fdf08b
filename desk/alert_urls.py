"""Addresses of the pages of alerts and of their rules."""

from django.urls import path

from desk import alert_rules, alerts

app_name = "alerts"
urlpatterns = [
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/<int:alert_id>/acknowledge/", alerts.acknowledge, name="acknowledge"),
    path("admin/alerts/rules/", alert_rules.rules, name="rules"),
    path("admin/alerts/rules/new/", alert_rules.rule, name="new-rule"),
    path("admin/alerts/rules/<int:rule_id>/", alert_rules.rule, name="rule"),
    path("admin/alerts/rules/<int:rule_id>/delete/", alert_rules.remove, name="delete-rule"),
]

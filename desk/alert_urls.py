"""Addresses of the pages of alerts, of their rules and channels, inside the admin."""

from django.urls import path

from desk import alert_channels, alert_history, alert_rules, alerts, silences

app_name = "alerts"
urlpatterns = [
    path("", alerts.alerts, name="alerts"),
    path("<int:alert_id>/acknowledge/", alerts.acknowledge, name="acknowledge"),
    path("history/", alert_history.history, name="history"),
    path("silences/new/", silences.new, name="silence"),
    path("silences/<int:silence_id>/end/", silences.end, name="end-silence"),
    path("channels/", alert_channels.channels, name="channels"),
    path("channels/new/", alert_channels.channel, name="new-channel"),
    path("channels/<int:channel_id>/", alert_channels.channel, name="channel"),
    path("channels/<int:channel_id>/test/", alert_channels.try_out, name="test-channel"),
    path("channels/<int:channel_id>/delete/", alert_channels.remove, name="delete-channel"),
    path("rules/", alert_rules.rules, name="rules"),
    path("rules/new/", alert_rules.rule, name="new-rule"),
    path("rules/<int:rule_id>/", alert_rules.rule, name="rule"),
    path("rules/<int:rule_id>/delete/", alert_rules.remove, name="delete-rule"),
]

"""REST addresses of alerts and their rules, without trailing slash; both spellings are served."""

from django.urls import path

from alerts.api import channels, views

urlpatterns = [
    path("alerts", views.AlertsView.as_view(), name="alerts"),
    path("alerts/watched", views.WatchedView.as_view(), name="alerts-watched"),
    path("alerts/rules", views.RulesView.as_view(), name="alert-rules"),
    path("alerts/rules/test", views.TryRuleView.as_view(), name="try-alert-rule"),
    path("alerts/rules/<int:rule_id>", views.RuleView.as_view(), name="alert-rule"),
    path("alerts/silences", views.SilencesView.as_view(), name="silences"),
    path("alerts/silences/<int:silence_id>", views.SilenceView.as_view(), name="silence"),
    path("alerts/channels", channels.ChannelsView.as_view(), name="alert-channels"),
    path("alerts/channels/<int:channel_id>", channels.ChannelView.as_view(), name="alert-channel"),
    path("alerts/channels/test/<int:channel_id>", channels.TrialView.as_view(), name="test-alert-channel"),
    path("alerts/acknowledge/<int:alert_id>", views.AcknowledgeView.as_view(), name="acknowledge-alert"),
]

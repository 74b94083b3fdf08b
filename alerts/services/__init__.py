"""Every write to rules, channels and alerts that is not the watching process's own; desk and REST come here."""

from alerts.services.acknowledging import acknowledge
from alerts.services.channels import SavedChannel, delete_channel, rules_of, save_channel
from alerts.services.rules import CONTENTS, Saved, as_written, delete_rule, objections, save_rule

__all__ = [
    "CONTENTS",
    "Saved",
    "SavedChannel",
    "acknowledge",
    "as_written",
    "delete_channel",
    "delete_rule",
    "objections",
    "rules_of",
    "save_channel",
    "save_rule",
]

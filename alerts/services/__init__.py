"""Every write to rules, channels and alerts that is not the watching process's own; desk and REST come here."""

from alerts.services.acknowledging import acknowledge
from alerts.services.channels import SavedChannel, delete_channel, rules_of, save_channel
from alerts.services.rules import (
    CONTENTS,
    LISTS,
    Saved,
    as_written,
    delete_rule,
    faults,
    objections,
    save_rule,
)
from alerts.services.silencing import end_silence, silence

__all__ = [
    "CONTENTS",
    "LISTS",
    "Saved",
    "SavedChannel",
    "acknowledge",
    "as_written",
    "delete_channel",
    "delete_rule",
    "end_silence",
    "faults",
    "objections",
    "rules_of",
    "save_channel",
    "save_rule",
    "silence",
]

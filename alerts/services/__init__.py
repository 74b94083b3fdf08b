"""Every write to rules and alerts that is not the watching process's own; desk and REST come here."""

from alerts.services.acknowledging import acknowledge
from alerts.services.rules import CONTENTS, Saved, as_written, delete_rule, faults, objections, save_rule
from alerts.services.silencing import end_silence, silence

__all__ = [
    "CONTENTS",
    "Saved",
    "acknowledge",
    "as_written",
    "delete_rule",
    "end_silence",
    "faults",
    "objections",
    "save_rule",
    "silence",
]

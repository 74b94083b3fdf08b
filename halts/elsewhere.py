"""Halts that may not be on record yet, for whoever decides next.

What was issued without the database stands in a file of the machine it was issued on, and in what the processes
acknowledge that apply it. Both are looked at before a decision is recorded, so that it comes after them.
"""

from typing import Any

from django.dispatch import receiver

from halts.acknowledged import halts_acknowledged_somewhere
from halts.domain import HaltRecord
from halts.emergency_file import emergency_file
from halts.signals import halts_issued_elsewhere


@receiver(halts_issued_elsewhere)
def in_the_file(**_: Any) -> list[HaltRecord]:
    """What was issued on this machine."""
    file = emergency_file()
    file.refresh()
    return file.records


@receiver(halts_issued_elsewhere)
def acknowledged_somewhere(**_: Any) -> list[HaltRecord]:
    """What processes on any machine apply."""
    return halts_acknowledged_somewhere()

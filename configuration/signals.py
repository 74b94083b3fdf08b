"""What the rest of the product may listen to."""

from django.dispatch import Signal

# Sent after a change is committed, with change=configuration.domain.changes.CommittedChange. Receivers are
# hints to those who would otherwise poll: one that fails is logged and changes nothing about the write.
configuration_changed = Signal()

# Sent after somebody asked every process to read its configuration again.
refresh_requested = Signal()

# Sent after somebody halted or resumed, with record=configuration.domain.halts.HaltRecord.
halts_changed = Signal()

# Sent before somebody halts or resumes. Receivers return the HaltRecords they know of that may not be on record
# yet, because they were said while the database was away.
halts_said_elsewhere = Signal()

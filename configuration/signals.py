"""What the rest of the product may listen to."""

from django.dispatch import Signal

# Sent after a change is committed, with change=configuration.domain.changes.CommittedChange. Receivers are
# hints to those who would otherwise poll: one that fails is logged and changes nothing about the write.
configuration_changed = Signal()

# Sent after somebody asked every process to read its configuration again.
refresh_requested = Signal()

# Sent in the transaction that gives a level other contents, once they are written, with
# change=configuration.models.Change; not where contents of before are restored. A receiver may refuse them: it raises
# a ValidationFailed.
level_written = Signal()

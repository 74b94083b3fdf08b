"""What the rest of the product is asked."""

from django.dispatch import Signal

# Sent before somebody halts or resumes. Receivers return the HaltRecords they know of that may not be on record
# yet, because they were issued while the database was away.
halts_issued_elsewhere = Signal()

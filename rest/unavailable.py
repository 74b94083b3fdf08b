"""What 503 promises: that it is worth asking again."""

RETRY_AFTER_SECONDS = 5
"""After which whoever was answered that something is away may try again."""

"""REST: halting and resuming."""

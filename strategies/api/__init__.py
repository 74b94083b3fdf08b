"""REST: signals, and what the processes have applied."""

"""What a venue is, and what becomes of what it sends. Pure: no socket, no clock, no framework."""

"""What a venue is, and what becomes of what it says. Pure: no socket, no clock, no framework."""

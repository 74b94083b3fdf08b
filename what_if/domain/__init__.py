"""Questions, answers and their comparison. Pure: no clock, no framework, no network."""

"""REST of rules and alerts."""

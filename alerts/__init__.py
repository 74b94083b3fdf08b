"""Alerts: rules that say what must not be, and what fires by them until it is over."""

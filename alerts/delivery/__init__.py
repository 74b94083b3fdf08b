"""Telling channels: addresses that may be called, what is said, and how it is sent."""

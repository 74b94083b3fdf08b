"""WebSocket: what fires, as it begins, is acknowledged and is over."""

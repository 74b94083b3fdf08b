"""WebSocket: configuration changes, receipts and states as they happen."""

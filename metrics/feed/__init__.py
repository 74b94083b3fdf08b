"""From NATS to the store: decode, analyse, publish at a fixed rate."""

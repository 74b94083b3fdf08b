"""The ground under every process that listens: NATS, waiting, and what is logged of an outage."""

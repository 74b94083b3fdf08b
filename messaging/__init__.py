"""The ground under every process that listens: NATS, waiting, and what is told of an outage."""

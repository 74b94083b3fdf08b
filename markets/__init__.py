"""Where market data comes from: from the public sockets of exchanges to frames on NATS."""

"""The ground under every page that moves: the hub of a web process, its connections, refused handshakes."""

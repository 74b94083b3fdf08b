"""The ground under every page that moves: the hub of a web process, its sockets, refused handshakes."""

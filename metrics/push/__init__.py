"""From the channel layer to the browsers: one hub a process, one frame a batch, shared by all sockets."""

"""The market of the last hour, as it came: a stream of JetStream beside what feed and strategies hear."""

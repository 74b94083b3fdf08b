"""What is halted: a log, its services and REST, and how a halt lands whatever is away."""

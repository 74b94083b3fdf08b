"""What the pages show, worked out from the contract's bodies; templates only place it."""

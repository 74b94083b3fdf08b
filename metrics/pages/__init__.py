"""What the pages show, worked out from the bodies of REST; templates only place it."""

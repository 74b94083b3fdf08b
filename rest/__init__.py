"""What REST has in common, whichever application answers. It knows none of them, and each may import it."""

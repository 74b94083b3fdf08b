"""Whether signals may leave: halted or active, latched, each change on record."""

"""Minutes and updates for research, as files: in parts, whatever their number."""

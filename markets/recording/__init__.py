"""Market data kept on disk as it came: written so that little is lost, and checked afterwards."""

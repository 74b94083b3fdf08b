"""Days before months in words, hours up to 24, and the time zone named: everything here is UTC."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = r"j M Y, H:i \U\T\C"

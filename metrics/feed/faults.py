"""The name of what is wrong with a message that does not decode."""

import msgspec

NOT_DECODED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises."""


def fault_of(error: Exception) -> str:
    """Name of what is wrong with a message that does not decode."""
    text = str(error)
    if "out of range" in text:
        return "bad_number"
    if isinstance(error, msgspec.ValidationError):
        if "of length <=" in text:
            return "too_many_levels"
        if "float` >" in text or "float` <" in text or "int` >" in text or "int` <" in text:
            return "bad_number"
        return "missing_field" if "missing required field" in text else "wrong_type"
    if isinstance(error, RecursionError):
        return "too_deep"
    return "not_json"

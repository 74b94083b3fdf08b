"""What is the same on every connection."""

import json

from live.frames import error_frame


def test_an_error_names_its_code_and_states_why():
    assert json.loads(error_frame("CODE", "text")) == {"type": "error", "code": "CODE", "message": "text"}

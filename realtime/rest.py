"""How every REST answer is put on the wire."""

from typing import Any

import msgspec
from rest_framework.renderers import BaseRenderer


class JSONRenderer(BaseRenderer):
    """JSON by msgspec: fast, and a NaN can never leave (it becomes null)."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        return b"" if data is None else msgspec.json.encode(data, enc_hook=str)

"""Is this container's process up? Exit code 0 when its /healthz answers 200."""

import os
import sys
from http.client import HTTPConnection, HTTPException

PORTS = ("FEED_HTTP_PORT", "STRATEGIES_HTTP_PORT", "ALERTS_HTTP_PORT", "MARKETS_HTTP_PORT")
PORT = int(next((port for name in PORTS if (port := os.environ.get(name))), 8080))


def main() -> int:
    # The web process answers only for the hosts it is set up for; the first of them will do.
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".")
    connection = HTTPConnection("127.0.0.1", PORT, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())

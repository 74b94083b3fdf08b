"""`manage.py check --deploy` on production settings, failing on any warning."""

import os
import secrets
import subprocess
import sys
import tempfile

PRODUCTION = {
    "SECRET_KEY": secrets.token_urlsafe(50),
    "ALLOWED_HOSTS": "desk.example.com",
    "DATABASE_URL": "postgresql://desk@db.example.com/desk",
    "REDIS_URL": "redis://redis.example.com/0",
    "NATS_URL": "nats://nats.example.com:4222",
}

if __name__ == "__main__":
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    with tempfile.TemporaryDirectory() as empty:  # no settings of a stack that runs in this checkout
        sys.exit(subprocess.call(command, env=os.environ | PRODUCTION | {"STATE_DIR": empty}))

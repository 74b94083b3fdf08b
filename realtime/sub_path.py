"""Everything below a path of the host, `SCRIPT_NAME`, whether the proxy in front leaves that path or takes it away."""

from typing import Any

from realtime.origins import Application, AsgiScope


def below(prefix: str, application: Application) -> Application:
    """Show `application` where it is, as ASGI has it: the path with `prefix`, and that as the root."""

    async def serve(scope: AsgiScope, receive: Any, send: Any) -> None:
        path: str = scope["path"]
        inner = path.removeprefix(prefix) if f"{path}/".startswith(f"{prefix}/") else path
        scope = {**scope, "path": f"{prefix}{inner or '/'}", "root_path": prefix}
        await application(scope, receive, send)

    return serve

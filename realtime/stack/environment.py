"""Settings of the embedded stack, decided before Django reads them.

Imported before Django: standard library only.
"""

from collections.abc import MutableMapping

from realtime.stack.state import State

LAPTOP = {"DEBUG": "false", "HTTPS": "false", "WHITENOISE_USE_FINDERS": "true"}


def prepare(environ: MutableMapping[str, str]) -> State:
    """Hold the state directory and complete `environ`, so that settings load from an empty environment.

    What is set stays as it is. Raises StackError where the directory cannot be had.
    """
    state = State.at(environ)
    state.hold()
    for name, value in LAPTOP.items():
        environ.setdefault(name, value)
    if not environ.get("SECRET_KEY"):
        environ["SECRET_KEY"] = state.secret_key()
    environ["STATE_DIR"] = str(state.directory)
    state.publish({})  # addresses of the last run must not pass for given ones
    return state

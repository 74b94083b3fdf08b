"""People at the admin, as the desk has them."""

from tests.desk.conftest import rita, sign_in

__all__ = ["rita", "sign_in"]

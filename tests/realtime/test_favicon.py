"""The sign of the product in the tab of a browser: named by every page, and found where browsers look by themselves."""

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PICTURE = "/static/realtime/favicon.svg"


def test_who_asks_for_it_by_the_usual_name_is_led_to_it(client: Client):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, PICTURE)
    assert finders.find("realtime/favicon.svg")


@pytest.mark.parametrize("path", ["/", "/signals/", "/docs", "/nowhere", "/admin/login/", "/admin/nowhere/"])
def test_every_page_names_it(client: Client, path: str):
    page = client.get(path, follow=True).content.decode()
    assert f'<link rel="icon" href="{PICTURE}" type="image/svg+xml">' in page

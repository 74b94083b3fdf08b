"""What browsers are sent about pages: which scripts may run, who may frame them, where cookies may go."""

import re

import pytest

FOREIGN = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")


def directives(response) -> dict[str, list[str]]:
    policy = response.headers["Content-Security-Policy"]
    words = [directive.split() for directive in policy.split(";") if directive.strip()]
    return {name: values for name, *values in words}


@pytest.mark.parametrize(
    "address", ["/docs", "/redoc", "/info", "/healthz", "/api/v1/metrics/all?limit=0", "/nothing"]
)
def test_every_answer_is_locked_to_this_host(client, store, address):
    response = client.get(address)
    policy = directives(response)
    assert policy["default-src"] == policy["script-src"] == policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == policy["base-uri"] == ["'self'"]
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"


def test_docs_page_has_no_script_of_its_own_that_its_policy_would_block(client):
    page = client.get("/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert [
        body for body in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL) if body.strip()
    ] == []
    assert "'unsafe-inline'" in directives(page)["style-src"], "the page carries a style element"


def test_docs_page_and_all_it_loads_come_from_this_host(client):
    text = client.get("/docs").content.decode()
    assert not FOREIGN.search(text)
    loaded = re.findall(r'<(?:link|script)[^>]* (?:src|href)="([^"]+)"', text)
    assert len(loaded) >= 8
    for each in loaded:
        answer = client.get(each.replace("&amp;", "&"))
        assert answer.status_code == 200, each
        assert b"".join(answer)


def test_docs_page_shows_how_to_get_a_token_and_leads_back(client, settings):
    text = client.get("/docs").content.decode()
    assert "Authorization: Token" in text
    for address in ("/", "/admin/knox/authtoken/", "/api/schema"):
        assert f'href="{address}"' in text
    assert "/ws/pressure/" in text
    assert "open to everybody" in text
    settings.METRICS_REQUIRE_LOGIN = True
    assert "for those with a session or a token" in client.get("/docs").content.decode()


def test_docs_script_points_at_the_schema(client):
    page = client.get("/docs").content.decode()
    script = re.search(r'src="(/docs[^"]+)"', page)
    assert script
    assert '"/api/schema"' in client.get(script[1].replace("&amp;", "&")).content.decode()


@pytest.mark.parametrize("form", ["application/json", "application/vnd.oai.openapi"])
def test_schema_is_served_to_everybody(client, form):
    answer = client.get("/api/schema", headers={"Accept": form})
    assert answer.status_code == 200
    assert b"/api/v1/metrics/depth/{symbol}" in answer.content


def test_plain_http_is_led_to_https_except_for_probes(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/info").headers["Location"] == "https://testserver/info"
    for probe in ("/healthz", "/healthz/", "/metrics", "/metrics/"):
        assert client.get(probe).status_code == 200, probe


def test_foreign_host_header_is_refused(client):
    assert client.get("/healthz", headers={"Host": "evil.example.com"}).status_code == 400


def test_exceptions_of_the_policy_stay_where_they_are_needed(client):
    before, docs, after = (directives(client.get(address)) for address in ("/info", "/docs", "/info"))
    assert docs["style-src"] == ["'self'", "'unsafe-inline'"]
    assert docs["script-src"] == ["'self'"]
    assert before == after
    assert after["style-src"] == ["'self'"]

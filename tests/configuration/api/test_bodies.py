"""Bodies that are no request: not JSON, of another shape, of another media type."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.configuration.api.envelope import SKEW, body

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ("", "parameters is required"),
        ("[]", "body must be a JSON object, got []"),
        ("3", "body must be a JSON object, got 3"),
        ("{}", "parameters is required"),
        ('{"parameters": null}', "parameters must not be null"),
        ('{"parameters": [1]}', "parameters must be an object, got [1]"),
        ('{"parameters": {}}', "parameters must name at least one parameter, got {}"),
        (
            '{"parameters": {}, "validate_olny": true}',
            "validate_olny is not a field of this request; "
            "it takes parameters, reason, changed_by, validate_only, replace",
        ),
        ('{"parameters": {}, "replace": "perhaps"}', 'replace must be a boolean, got "perhaps"'),
        ('{"parameters": {}, "replace": 1}', "replace must be a boolean, got 1"),
        ('{"parameters": {}, "validate_only": "true"}', 'validate_only must be a boolean, got "true"'),
        ('{"parameters": {}, "validate_only": null}', "validate_only must not be null"),
        ('{"parameters": {}, "reason": {}}', "reason must be a string, got {}"),
        ('{"parameters": {}, "reason": 7}', "reason must be a string, got 7"),
        ('{"parameters": {}, "changed_by": 1.5}', "changed_by must be a string, got 1.5"),
        (
            '{"parameters": {}, "changed_by": "%s"}' % ("x" * 151),
            "changed_by must have at most 150 characters, got 151",
        ),
    ],
)
def test_the_shape_of_the_body(api: APIClient, raw: str, complaint: str):
    response = api.post(f"{SKEW}/config", raw, content_type="application/json")
    assert complaint in body(response, 400)["error"]["details"]["errors"]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (
            "{",
            "The body is not JSON: expecting property name enclosed in double quotes at line 1, column 2",
        ),
        (" ", "The body is not JSON: expecting value at line 1, column 2"),
        ("\xff", "The body is not UTF-8 text"),
        (
            '{"parameters": {"\\ud800": 1}}',
            "The body holds an unpaired surrogate, which is not a character",
        ),
        ('{"parameters":' + "[" * 100_000, "The body is nested too deeply"),
        (
            '{"parameters": {"top_levels": 3, "top_levels": 4}}',
            "The body names 'top_levels' twice in one object",
        ),
    ],
)
def test_bodies_that_are_not_json(api: APIClient, raw: str, sentence: str):
    response = api.post(f"{SKEW}/config", raw.encode("latin-1"), content_type="application/json")
    assert body(response, 400)["error"] == {"code": "VALIDATION_ERROR", "message": sentence, "details": None}


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("application/xml", b"<xml/>"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("application/x-www-form-urlencoded", b"parameters=1"),
        ("", b"{}"),
    ],
)
@pytest.mark.parametrize("method", ["post", "delete"])
def test_another_media_type(api: APIClient, method: str, content_type: str, sent: Any):
    response = api.generic(method.upper(), f"{SKEW}/config", sent, content_type=content_type)
    error = body(response, 415)["error"]
    assert error["code"] == "UNSUPPORTED_MEDIA_TYPE"
    assert error["message"] == (
        f"Bodies are JSON (Content-Type: application/json), got {content_type.partition(';')[0] or 'no Content-Type'}"
    )

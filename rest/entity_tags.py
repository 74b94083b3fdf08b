"""Entity tags of what is read again and again: the same while nothing but ages has changed."""

import re
from hashlib import blake2b

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

MOMENT = re.compile(rb'\{"timestamp":"[^"]*"')
AGE = re.compile(rb'age_ms":(?:\d+|null)')  # begins with what is rare, and so is found fast
"""What a body holds of the moment it was made at, and not of the data: a time it begins with, and ages."""
DIGEST_BYTES = 12
LONGEST_CONDITION = 1000
"""Characters of an If-None-Match; a longer one is taken as naming nothing, to which the whole answer is right, too."""


def weak_tag(body: bytes) -> str:
    """The weak entity tag of a JSON body. Weak: bodies that differ in ages only have the same (RFC 9110, 8.8.1)."""
    moment = MOMENT.match(body)
    lasting = AGE.sub(b"", body[moment.end() :] if moment else body)
    return f'W/"{blake2b(lasting, digest_size=DIGEST_BYTES).hexdigest()}"'


def is_known(tag: str, header: str) -> bool:
    """Does an If-None-Match name `tag`, or whatever there is? Compared weakly (RFC 9110, 13.1.2)."""
    known = parse_etags(header) if len(header) <= LONGEST_CONDITION else []
    return "*" in known or tag.removeprefix("W/") in {each.removeprefix("W/") for each in known}


def not_modified(response: HttpResponse) -> HttpResponse:
    """Instead of an answer to whoever has it already."""
    kept = {name: response[name] for name in ("ETag", "Allow", "Vary") if name in response}
    return HttpResponseNotModified(headers=kept)


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A rendered answer with its tag, or without its body where the client has that already."""
    response["ETag"] = weak_tag(response.content)
    is_there = is_known(response["ETag"], request.headers.get("If-None-Match", ""))
    return not_modified(response) if is_there else response

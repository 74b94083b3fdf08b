"""Schemas of answers in the OpenAPI document are read from the types that make them: structs and typed dictionaries."""

from typing import Any, is_typeddict

import msgspec
from drf_spectacular.drainage import set_override
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

Schema = dict[str, Any]
COMPONENT = "#/components/schemas/{name}"
NULL = {"type": "null"}
PUBLISHED = frozenset(
    {
        "type",
        "enum",
        "items",
        "properties",
        "required",
        "additionalProperties",
        "anyOf",
        "$ref",
        "description",
        "format",
    }
)
"""What a schema says of an answer. Bounds and patterns are what we believe, where we read it ourselves."""


class TypedAnswer(OpenApiSerializerExtension):
    """Structs and typed dictionaries may be named where an answer is described, as serializers may."""

    target_class = "msgspec.Struct"

    @classmethod
    def _matches(cls, target: Any) -> bool:
        return is_typeddict(target) or (isinstance(target, type) and issubclass(target, msgspec.Struct))

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:
        set_override(self.target, "suppress_collision_warning", True)  # it may be within others, too
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        _, schemas = msgspec.json.schema_components([self.target], ref_template=COMPONENT)
        for name, schema in schemas.items():
            component = ResolvedComponent(name, ResolvedComponent.SCHEMA, plain(schema), object=name)
            if name != self.target.__name__:
                auto_schema.registry.register_on_missing(component)
        return plain(schemas[self.target.__name__])


def plain(schema: Schema) -> Schema:
    """What of a schema is published to clients. A field with a default is always there."""
    published = {key: value for key, value in schema.items() if key in PUBLISHED}
    if "properties" in published:
        filled = [name for name, field in published["properties"].items() if "default" in field]
        published["required"] = [*published.get("required", ()), *filled]
        published["properties"] = {name: plain(field) for name, field in published["properties"].items()}
    elif published.get("type") == "object":
        published["additionalProperties"] = plain(published.get("additionalProperties", {}))
    if published.get("type") == "array":
        published["items"] = plain(published.get("items", {}))
    if "enum" in published:
        published["type"] = "string"
    if "anyOf" in published:
        return _any_of(published.pop("anyOf"), published)
    return referring(published.pop("$ref"), published) if "$ref" in published else published


def _any_of(choices: list[Schema], beside: Schema) -> Schema:
    """Several kinds of value; null stands beside the type of the only other one, where that has one."""
    wanted = [plain(choice) for choice in choices if choice != NULL]
    if {choice.get("type") for choice in wanted} == {"integer", "number"}:
        wanted = [{"type": "number"}]
    if NULL not in choices:
        return {"anyOf": wanted, **beside} if len(wanted) > 1 else {**wanted[0], **beside}
    if len(wanted) == 1 and "type" in wanted[0] and "enum" not in wanted[0]:
        return {**wanted[0], "type": [wanted[0]["type"], "null"], **beside}
    return {"anyOf": [*wanted, NULL], **beside}


def referring(place: str, beside: Schema) -> Schema:
    """A reference. Many readers pass over what stands beside one, so that it stands within where something does."""
    return {"allOf": [{"$ref": place}], **beside} if beside else {"$ref": place}

"""What every answer is described with in the OpenAPI document."""

from typing import Any

from rest_framework import serializers

Shape = serializers.Serializer[Any]
"""A field may have the name of something serializers have themselves (`data`, `errors`, `fields`, `source`): Django
REST framework takes fields out of their class, which the type checker cannot know."""

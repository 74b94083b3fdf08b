"""The environment of this process as a layer of configuration."""

import os

from django.core.exceptions import ImproperlyConfigured

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.environment import read_environment
from configuration.domain.resolution import Overrides
from configuration.domain.strategy import StrategySpec


def environment_overrides(spec: StrategySpec) -> Overrides:
    """What the environment sets for a strategy; ImproperlyConfigured names a malformed variable."""
    layer = read_environment(spec, os.environ)
    if layer.problems:
        raise ImproperlyConfigured("; ".join(layer.problems))
    return layer.values


def require_sound_environment() -> None:
    """Stop a server that system checks do not guard from starting on a malformed variable."""
    for spec in CATALOGUE.values():
        environment_overrides(spec)

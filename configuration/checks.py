"""System checks: a malformed environment stops the start, a retired variable earns a warning."""

import os
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.environment import read_environment, retired_variables


@register()
def check_environment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for spec in CATALOGUE.values():
        messages += [
            Error(problem, hint=f"It sets a parameter of {spec.name}.", id="configuration.E001")
            for problem in read_environment(spec, os.environ).problems
        ]
        if retired := retired_variables(spec, os.environ):
            messages.append(
                Warning(
                    f"{', '.join(retired)} no longer set a parameter of {spec.name} and are ignored.",
                    id="configuration.W001",
                )
            )
    return messages

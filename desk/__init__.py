"""The risk manager's workplace: pages of the admin over `configuration.services`.

No generic model admin is registered for configuration or its history: there is no second way to write one,
and none at all to alter the other.
"""

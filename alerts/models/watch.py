"""Who watches."""

from django.db import models


class Watch(models.Model):
    """The single row that says which process watches: it holds the lease, or nobody does."""

    holder = models.CharField(max_length=150, blank=True)
    until = models.DateTimeField(help_text="when the lease ends, unless it is renewed")
    heard_at = models.DateTimeField(null=True, help_text="when rules were judged last")
    pending = models.JSONField(default=list, help_text="what was pending then, for whoever watches next")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.holder or "nobody"

"""REST addresses of the configuration, without trailing slash; both spellings are served.

Those of a level stand in `halts.api.urls`, behind the brake; the list of strategies, which shows halts, in
`desk.api.urls`.
"""

from django.urls import path

from configuration.api import batches, levels, views, whoami

STRATEGY = "strategies/<str:strategy_id>"

urlpatterns = [
    path("strategies/cache/refresh", views.RefreshView.as_view(), name="cache-refresh"),
    path("batches/<str:batch>", batches.BatchView.as_view(), name="batch"),
    path("batches/<str:batch>/revert", batches.BatchRevertView.as_view(), name="batch-revert"),
    path("config/validate", views.ValidateView.as_view(), name="config-validate"),
    path("whoami", whoami.WhoAmIView.as_view(), name="whoami"),
    path(f"{STRATEGY}/schema", views.SchemaView.as_view(), name="strategy-schema"),
    path(f"{STRATEGY}/defaults", views.DefaultsView.as_view(), name="strategy-defaults"),
    path(f"{STRATEGY}/audit", views.AuditView.as_view(), name="audit"),
    path(f"{STRATEGY}/rollback", levels.RollbackView.as_view(), name="rollback"),
    path(f"{STRATEGY}/rollback/<str:symbol>", levels.SymbolRollbackView.as_view(), name="symbol-rollback"),
    path(f"{STRATEGY}/restore", levels.RollbackView.as_view(schema=None), name="restore"),
    path(
        f"{STRATEGY}/restore/<str:symbol>",
        levels.SymbolRollbackView.as_view(schema=None),
        name="symbol-restore",
    ),
    path(f"{STRATEGY}/explain", views.ExplainView.as_view(), name="explain"),
    path(f"{STRATEGY}/explain/<str:symbol>", views.SymbolExplainView.as_view(), name="symbol-explain"),
]

"""REST addresses of what changes did, without trailing slash; both spellings are served."""

from django.urls import path

from effects.api.views import EffectView

urlpatterns = [path("audit/<str:change_id>/effect", EffectView.as_view(), name="effect")]

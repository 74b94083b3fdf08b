"""Static files are compressed when they come, or have changed: not again at each start."""

from collections.abc import Iterator
from typing import Any

from whitenoise.storage import CompressedStaticFilesStorage


class CompressedOnce(CompressedStaticFilesStorage):
    """What is compressed has the time of what it was made from."""

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, bool | RuntimeError]]:
        changed = {path: source for path, source in paths.items() if not self._is_compressed(path)}
        yield from super().post_process(changed, dry_run, **options)

    def _is_compressed(self, path: str) -> bool:
        compressed = f"{path}.gz"
        return self.exists(compressed) and self.get_modified_time(compressed) == self.get_modified_time(path)

"""A mapping that cannot grow without end, whatever names arrive."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


class Recent(Generic[Key, Item]):
    """Makes an item for every new key; beyond `limit`, the one untouched for longest is forgotten."""

    def __init__(self, make: Callable[[], Item], limit: int) -> None:
        self.evicted = 0
        self._make, self._limit = make, limit
        self._items: OrderedDict[Key, Item] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Key]:
        """Its keys, the one untouched for longest first."""
        return iter(self._items)

    def __getitem__(self, key: Key) -> Item:
        item = self._items.get(key)
        if item is not None:
            self._items.move_to_end(key)
            return item
        if len(self._items) >= self._limit:
            self._items.popitem(last=False)
            self.evicted += 1
        item = self._items[key] = self._make()
        return item

    def get(self, key: Key) -> Item | None:
        """The item, None where there is none; asking does not touch it."""
        return self._items.get(key)

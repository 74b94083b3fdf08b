"""A mapping that cannot grow without end."""

from strategies.domain.recent import Recent


def recent(limit: int = 2) -> Recent[str, list[int]]:
    return Recent(list, limit)


def test_an_item_is_made_for_every_new_key_and_kept():
    items = recent()
    items["a"].append(1)
    items["a"].append(2)
    assert (items["a"], len(items), items.evicted) == ([1, 2], 1, 0)


def test_what_was_untouched_for_longest_is_forgotten():
    items = recent()
    items["a"].append(1)
    items["b"].append(2)
    items["a"].append(3)
    items["c"].append(4)
    assert items.get("b") is None
    assert items["a"] == [1, 3]
    assert items.evicted == 1


def test_asking_makes_nothing_and_touches_nothing():
    items = recent()
    assert items.get("a") is None
    assert len(items) == 0
    items["a"].append(1)
    items["b"].append(2)
    assert items.get("a") == [1]
    items["c"].append(3)
    assert items.get("a") is None


def test_made_up_keys_do_not_pile_up():
    items = recent(10)
    for number in range(1_000):
        items[str(number)].append(number)
    assert (len(items), items.evicted) == (10, 990)

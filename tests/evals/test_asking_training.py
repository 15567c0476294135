"""What the training of questions put back learns, and how often it lets a needless one through."""

from __future__ import annotations

import numpy as np

from evals.asking_training import FEATURES, NEEDLESS, Example, asked, fit


def example(item: str, value: float, *, depends: bool) -> Example:
    """One item with one choice, of which only the first feature tells."""
    features = np.zeros((1, 1 + len(FEATURES)))
    features[0, :2] = (1.0, value)
    return Example(item, features, np.array([depends]), depends)


def test_what_tells_dependent_items_apart_is_learned() -> None:
    items = [example(f"a{n}", 0.9, depends=True) for n in range(20)]
    items += [example(f"b{n}", 0.1, depends=False) for n in range(100)]
    weights = fit(items)
    assert weights[1] > 0
    assert asked(items, weights)["right"] == "20/20"


def test_no_more_than_the_share_allowed_is_asked_needlessly() -> None:
    items = [example(f"a{n}", 0.9, depends=True) for n in range(20)]
    items += [example(f"b{n}", n / 200, depends=False) for n in range(200)]
    needless, others = asked(items, fit(items))["needless"].split("/")
    assert int(needless) <= NEEDLESS * int(others)


def test_an_item_with_nothing_left_open_is_never_asked() -> None:
    nothing = Example("a", np.zeros((0, 1 + len(FEATURES))), np.zeros(0, dtype=bool), False)
    items = [nothing, *(example(f"b{n}", 0.5, depends=True) for n in range(5))]
    items += [example(f"c{n}", 0.1, depends=False) for n in range(40)]
    assert asked([nothing], fit(items)) == {"right": "0/0", "needless": "0/1"}

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from evals.risk import Judged, curve, plot

RIGHT = Judged(confidence=0.9, answered=True, answerable=True, wrong=False, omits=False)
WRONG = Judged(confidence=0.3, answered=True, answerable=True, wrong=True, omits=True)
UNANSWERABLE = Judged(confidence=0.2, answered=True, answerable=False, wrong=False, omits=False)


def test_a_higher_threshold_trades_coverage_for_risk() -> None:
    low, high = curve([RIGHT, WRONG, UNANSWERABLE], [0.0, 0.5])
    assert (low.coverage, low.risk, low.abstained_rightly) == (1.0, 0.5, 0.0)
    assert (high.coverage, high.risk, high.abstained_rightly) == (0.5, 0.0, 1.0)


def test_a_card_that_abstained_never_counts_as_covered() -> None:
    silent = Judged(confidence=0.9, answered=False, answerable=True, wrong=False, omits=True)
    assert curve([silent], [0.0])[0].coverage == 0.0


def test_rates_over_nothing_are_none() -> None:
    point = curve([], [0.5])[0]
    assert (point.coverage, point.risk, point.abstained_rightly) == (None, None, None)


def test_the_curve_is_drawn_even_where_nothing_is_covered() -> None:
    ElementTree.fromstring(plot(curve([RIGHT, WRONG], [0.0, 0.5, 0.95])))
    ElementTree.fromstring(plot(curve([])))

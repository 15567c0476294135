from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from assistant.watch import RETRY_AFTER_S, Watch, due_at
from vectorstore.errors import UsageError

NOON = datetime(2026, 11, 24, 12, 0)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def watched(results: list[bool], clock: Clock) -> tuple[Watch, list[datetime]]:
    """A watch at 04:30 whose updates end as told; the times at which it made them."""
    made: list[datetime] = []

    def update() -> bool:
        made.append(clock.now)
        return results.pop(0)

    return Watch("04:30", update, clock), made


def pass_time(watch: Watch, clock: Clock, hours: float) -> None:
    end = clock.now + timedelta(hours=hours)
    while clock.now < end:
        watch.look()
        clock.now += timedelta(seconds=20)


def test_an_update_is_made_once_a_day_at_its_hour() -> None:
    clock = Clock()
    watch, made = watched([True] * 3, clock)
    pass_time(watch, clock, 72)
    assert [at.strftime("%d %H:%M") for at in made] == ["25 04:30", "26 04:30", "27 04:30"]


def test_an_update_that_failed_is_tried_again_until_it_succeeds() -> None:
    clock = Clock()
    watch, made = watched([False, False, True, True], clock)
    pass_time(watch, clock, 48)
    waits = [(after - before).total_seconds() for before, after in pairwise(made)]
    assert waits[:2] == [RETRY_AFTER_S, RETRY_AFTER_S]
    assert made[3].strftime("%H:%M") == "04:30"


def test_a_clock_put_back_moves_the_next_update_with_it() -> None:
    clock = Clock()
    clock.now = NOON + timedelta(days=400)
    watch, made = watched([True], clock)
    watch.look()
    clock.now = NOON
    pass_time(watch, clock, 17)
    assert made == [datetime(2026, 11, 25, 4, 30)]


def test_a_clock_put_forward_makes_one_update_and_no_more() -> None:
    clock = Clock()
    watch, made = watched([True], clock)
    clock.now = NOON + timedelta(days=30)
    pass_time(watch, clock, 2)
    assert len(made) == 1


@pytest.mark.parametrize("text", ["25:00", "4h30", "", "04:60"])
def test_what_is_no_time_of_day_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match="attendu une heure"):
        due_at(text, NOON)

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from vectorstore.holidays import holiday
from vectorstore.hours import Slot, from_json, said, slots, to_json, week_said
from vectorstore.territories import timezone_of

PARIS = timezone_of("75056")
WEEK = [
    *slots("lundi", "jeudi", [("08:30:00", "12:00:00"), ("13:30:00", "17:00:00")]),
    *slots("vendredi", "", [("09:00", "12:00")]),
    *slots("samedi", "samedi", [("09:00:00", "12:00:00")], "semaines paires"),
]


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    """March 2025: the 3rd is a Monday."""
    return datetime(2025, month, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (
            at(3, 15),
            "aujourd'hui jusqu'à dix-sept heures, "
            "demain de huit heures trente à midi et de treize heures trente à dix-sept heures",
        ),
        (
            at(6, 10),
            "aujourd'hui jusqu'à midi, puis de treize heures trente à dix-sept heures, "
            "demain de neuf heures à midi",
        ),
        (
            at(7, 8),
            "aujourd'hui de neuf heures à midi, demain de neuf heures à midi (semaines paires)",
        ),
        (at(8, 10), "aujourd'hui jusqu'à midi (semaines paires), fermé demain"),
        (
            at(8, 18),
            "fermé pour aujourd'hui, fermé demain, ouvert lundi de huit heures trente à midi "
            "et de treize heures trente à dix-sept heures",
        ),
        (
            at(9, 10),
            "fermé aujourd'hui, "
            "demain de huit heures trente à midi et de treize heures trente à dix-sept heures",
        ),
    ],
)
def test_today_and_tomorrow_are_said_in_words(now: datetime, expected: str) -> None:
    assert said(WEEK, "75056", now) == expected


def test_closed_today_and_tomorrow_says_the_next_opening() -> None:
    wednesdays = slots("mercredi", "mercredi", [("14:00", "21:01")])
    assert said(wednesdays, "75056", at(8, 10)) == (
        "fermé aujourd'hui et demain, ouvert mercredi de quatorze heures à vingt et une heures une"
    )


@pytest.mark.parametrize(
    ("insee", "expected"),
    [
        ("97411", "fermé pour aujourd'hui"),
        ("97209", "aujourd'hui jusqu'à midi"),
        ("98735", "fermé aujourd'hui, demain"),
        ("98818", "aujourd'hui de huit heures trente"),
    ],
)
def test_an_office_overseas_follows_its_own_clock(insee: str, expected: str) -> None:
    """15:00 in Paris on Monday is 18:00 in Réunion, 10:00 in Martinique; earlier in the Pacific."""
    now = at(3, 15) if insee.startswith("974") or insee.startswith("972") else at(3, 0)
    if insee == "98818":
        now = at(3, 22)
    assert (said(WEEK, insee, now) or "").startswith(expected)


def test_the_moment_may_be_given_in_any_time_zone() -> None:
    assert said(WEEK, "75056", at(3, 15).astimezone(UTC)) == said(WEEK, "75056", at(3, 15))


def test_a_public_holiday_is_not_said_open() -> None:
    assert said(WEEK, "75056", at(1, 10, month=5)) == (
        "sans doute fermé aujourd'hui, jour férié (fête du Travail), demain de neuf heures à midi"
    )


@pytest.mark.parametrize(
    ("day", "insee", "expected"),
    [
        (datetime(2025, 4, 21), "75056", "lundi de Pâques"),
        (datetime(2024, 5, 9), "75056", "Ascension"),
        (datetime(2026, 5, 25), "75056", "lundi de Pentecôte"),
        (datetime(2025, 4, 18), "67482", "Vendredi saint"),
        (datetime(2025, 4, 18), "75056", None),
        (datetime(2025, 12, 26), "57463", "Saint-Étienne"),
        (datetime(2025, 12, 20), "97411", "abolition de l'esclavage"),
        (datetime(2025, 12, 20), "97209", None),
    ],
)
def test_public_holidays_depend_on_the_place(
    day: datetime, insee: str, expected: str | None
) -> None:
    assert holiday(day.date(), insee) == expected


def test_nothing_is_said_of_unknown_hours() -> None:
    assert said([], "75056", at(3, 15)) is None
    assert week_said([]) is None


def test_the_week_is_written_by_runs_of_equal_days() -> None:
    assert week_said(WEEK) == (
        "lundi au jeudi 8h30-12h, 13h30-17h ; vendredi 9h-12h ; samedi 9h-12h (semaines paires)"
    )


def test_reversed_spans_and_unknown_days_are_left_out() -> None:
    assert slots("lundi", "lundi", [("12:30:00", "12:30:00"), ("", "")]) == []
    assert slots("Lundis", "lundi", [("09:00", "12:00")]) == []


def test_a_range_of_days_may_pass_over_sunday() -> None:
    days = [slot.day for slot in slots("samedi", "lundi", [("09:00", "12:00")])]
    assert days == [5, 6, 0]


def test_the_week_is_stored_and_read_again() -> None:
    assert from_json(to_json(WEEK)) == tuple(sorted(WEEK))
    assert Slot(4, time(9), time(12)) in from_json(to_json(WEEK))

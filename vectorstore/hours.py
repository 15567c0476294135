"""What is said of an office's opening hours, at a given moment, in its own time zone?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from num2words import num2words

from vectorstore.holidays import holiday
from vectorstore.territories import timezone_of

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@dataclass(frozen=True, order=True)
class Slot:
    """One opening on one day of the week (0 is Monday)."""

    day: int
    opens: time
    closes: time
    comment: str = ""
    """A condition that the directory adds: "sur rendez-vous", "semaines paires"."""


def slots(
    first_day: str, last_day: str, spans: Iterable[tuple[str, str]], comment: str = ""
) -> list[Slot]:
    """One slot a day and span; spans that are empty or reversed and unknown days are left out.

    Args:
        first_day, last_day: French names of days; an empty ``last_day`` means that same day.
        spans: pairs of "HH:MM" or "HH:MM:SS".
    """
    first, last = first_day.strip().lower(), (last_day or first_day).strip().lower()
    if first not in DAYS or last not in DAYS:
        return []
    start = DAYS.index(first)
    length = (DAYS.index(last) - start) % 7 + 1
    found = []
    for opens_text, closes_text in spans:
        opens, closes = _time(opens_text), _time(closes_text)
        if opens is not None and closes is not None and opens < closes:
            found += [
                Slot((start + step) % 7, opens, closes, comment.strip()) for step in range(length)
            ]
    return found


def _time(text: str | None) -> time | None:
    try:
        return time.fromisoformat((text or "").strip()).replace(
            second=0, microsecond=0, tzinfo=None
        )
    except ValueError:
        return None


def to_json(week: Iterable[Slot]) -> str:
    """The week as it is stored; each slot once, in order."""
    return json.dumps(
        [
            [slot.day, f"{slot.opens:%H:%M}", f"{slot.closes:%H:%M}", slot.comment]
            for slot in sorted(set(week))
        ],
        ensure_ascii=False,
    )


def from_json(stored: str) -> tuple[Slot, ...]:
    """The week that ``to_json`` stored."""
    return tuple(
        Slot(day, time.fromisoformat(opens), time.fromisoformat(closes), comment)
        for day, opens, closes, comment in json.loads(stored)
    )


def said(week: Sequence[Slot], insee: str, now: datetime) -> str | None:
    """Today and tomorrow as they are said: "aujourd'hui jusqu'à dix-sept heures, fermé demain".

    Args:
        week: the office's slots; nothing is said without any.
        insee: the office's commune, which gives the time zone and the public holidays.
        now: an aware datetime.
    """
    if not week:
        return None
    here = now.astimezone(timezone_of(insee))
    today, tomorrow = here.date(), here.date() + timedelta(days=1)
    shut_today, shut_tomorrow = holiday(today, insee), holiday(tomorrow, insee)
    parts = [
        _today(_of_day(week, today), here.time(), shut_today),
        _other_day(_of_day(week, tomorrow), "demain", shut_tomorrow),
    ]
    open_later_today = not shut_today and any(
        slot.closes > here.time() for slot in _of_day(week, today)
    )
    if not open_later_today and (shut_tomorrow or not _of_day(week, tomorrow)):
        if parts[0] == "fermé aujourd'hui" and parts[1] == "fermé demain":
            parts = ["fermé aujourd'hui et demain"]
        parts += _next_opening(week, insee, tomorrow)
    return ", ".join(parts)


def week_said(week: Sequence[Slot]) -> str | None:
    """The whole week, for reading: "lundi au vendredi 8h30-17h ; samedi 9h-12h"."""
    days = [(DAYS[day], _written(tuple(s for s in week if s.day == day))) for day in range(7)]
    runs: list[tuple[str, str, str]] = []
    for name, hours in days:
        if runs and runs[-1][2] == hours and runs[-1][1] == DAYS[DAYS.index(name) - 1]:
            runs[-1] = (runs[-1][0], name, hours)
        else:
            runs.append((name, name, hours))
    lines = [
        f"{first if first == last else f'{first} au {last}'} {hours}"
        for first, last, hours in runs
        if hours
    ]
    return " ; ".join(lines) or None


def _of_day(week: Sequence[Slot], day: date) -> list[Slot]:
    return sorted(slot for slot in week if slot.day == day.weekday())


def _today(today: list[Slot], at: time, shut: str | None) -> str:
    if shut:
        return f"sans doute fermé aujourd'hui, jour férié ({shut})"
    left = [slot for slot in today if slot.closes > at]
    if not left:
        return "fermé pour aujourd'hui" if today else "fermé aujourd'hui"
    if left[0].opens > at:
        return f"aujourd'hui {_spans(left)}"
    first = f"aujourd'hui jusqu'à {_clock(left[0].closes)}{_condition(left[:1])}"
    return f"{first}, puis {_spans(left[1:])}" if left[1:] else first


def _other_day(slots_of_day: list[Slot], name: str, shut: str | None) -> str:
    if not slots_of_day:
        return f"fermé {name}"
    if shut:
        return f"sans doute fermé {name}, jour férié ({shut})"
    return f"{name} {_spans(slots_of_day)}"


def _next_opening(week: Sequence[Slot], insee: str, after: date) -> list[str]:
    for step in range(1, 8):
        day = after + timedelta(days=step)
        found = _of_day(week, day)
        if found and not holiday(day, insee):
            return [f"ouvert {DAYS[day.weekday()]} {_spans(found)}"]
    return []


def _spans(found: list[Slot]) -> str:
    said_spans = [f"de {_clock(slot.opens)} à {_clock(slot.closes)}" for slot in found]
    return " et ".join(said_spans) + _condition(found)


def _condition(found: list[Slot]) -> str:
    comments = dict.fromkeys(slot.comment for slot in found if slot.comment)
    return f" ({', '.join(comments)})" if comments else ""


def _clock(at: time) -> str:
    """The time in words: "midi", "neuf heures trente", "vingt et une heures"."""
    if at == time(12):
        return "midi"
    if at.hour == 0:
        return "minuit" + (f" {num2words(at.minute, lang='fr')}" if at.minute else "")
    hour = _feminine(num2words(at.hour, lang="fr"))
    noun = "heure" if at.hour == 1 else "heures"
    minute = f" {_feminine(num2words(at.minute, lang='fr'))}" if at.minute else ""
    return f"{hour} {noun}{minute}"


def _feminine(number: str) -> str:
    return number + "e" if number == "un" or number.endswith((" un", "-un")) else number


def _written(found: Sequence[Slot]) -> str:
    spans = []
    for slot in sorted(found):
        both = "-".join(
            f"{at.hour}h{at.minute:02d}" if at.minute else f"{at.hour}h"
            for at in (slot.opens, slot.closes)
        )
        spans.append(both + (f" ({slot.comment})" if slot.comment else ""))
    return ", ".join(spans)

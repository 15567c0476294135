"""Activity as tables: what the supervisor's page shows, and what it gives away as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from assistant.journal_records import Statistics

PARIS = ZoneInfo("Europe/Paris")
Period = Literal["jour", "semaine", "mois", "trimestre", "année"]
PERIODS: tuple[Period, ...] = get_args(Period)
_DAYS: Mapping[Period, int] = {"jour": 1, "semaine": 7, "mois": 30, "trimestre": 91, "année": 365}
OUTCOMES_FR = {
    "answered": "répondu",
    "routed": "transféré",
    "abandoned": "abandonné",
    "no_answer": "sans réponse",
}


@dataclass(frozen=True)
class Activity:
    """One table of figures; ``rows`` hold texts and numbers, as they are exported."""

    name: str
    heads: tuple[str, ...]
    rows: list[list[object]]


def period_of(period: Period, now: datetime) -> tuple[datetime, datetime]:
    """The days of a period up to today, in Paris, as ``since <= t < until``."""
    tomorrow = now.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow += timedelta(days=1)
    return tomorrow - timedelta(days=_DAYS[period]), tomorrow


def tables_of(found: Statistics, names: Mapping[str, str]) -> list[Activity]:
    """Every table of a period, those without a row included.

    Args:
        found: the period's figures.
        names: routes and reasons in French; what is not in it is shown as it is.
    """

    def counted(counts: Mapping[str, int], french: Mapping[str, str]) -> list[list[object]]:
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return [[french.get(key, key), count] for key, count in ordered]

    tables = [
        Activity(
            "Appels par heure",
            ("heure", "appels"),
            [[f"{count.hour:%d/%m/%Y %H} h", count.calls] for count in found.calls_per_hour],
        ),
        Activity("Orientations", ("orientation", "questions"), counted(found.routes, names)),
        Activity("Issues des appels", ("issue", "appels"), counted(found.outcomes, OUTCOMES_FR)),
        Activity(
            "Fiches les plus demandées",
            ("fiche", "titre", "questions"),
            [[count.fiche, count.title, count.turns] for count in found.most_asked],
        ),
        Activity(
            "Questions sans réponse",
            ("question", "fois"),
            [[count.question, count.turns] for count in found.content_gaps],
        ),
        Activity(
            "Signalements par motif",
            ("motif", "signalements"),
            counted(found.reports_by_reason, names),
        ),
    ]
    if found.calls_by_agent:
        tables.append(
            Activity("Appels par agent", ("agent", "appels"), counted(found.calls_by_agent, {}))
        )
    return tables

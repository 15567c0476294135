"""What a period was like, counted from the journal."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistant.journal_records import FicheCount, HourCount, QuestionCount, Statistics
from assistant.journal_tables import Call, Queued, Report, Turn
from assistant.personal import MASK
from vectorstore.text import words

PARIS = ZoneInfo("Europe/Paris")
SHORT_CALL_S = 180
MOST_SHOWN = 20
MOST_FREQUENT = 200
MOST_READ = 20_000
"""Turns of which the frequent questions are counted: the latest."""


def statistics(session: Session, since: datetime, until: datetime, by_agent: bool) -> Statistics:
    """Count the calls that began, and the turns and reports that came, in ``since <= t < until``.

    Args:
        by_agent: also count calls by agent.
    """
    calls = session.execute(
        select(Call.id, Call.agent, Call.started_at, Call.ended_at, Call.outcome)
        .where(Call.started_at >= since, Call.started_at < until)
        .order_by(Call.started_at)
    ).all()
    hours = Counter(
        call.started_at.astimezone(PARIS).replace(minute=0, second=0, microsecond=0)
        for call in calls
    )
    lengths = [(call.ended_at - call.started_at).total_seconds() for call in calls if call.ended_at]
    asked = Turn.asked_at >= since, Turn.asked_at < until
    turns = session.scalar(select(func.count()).select_from(Turn).where(*asked)) or 0
    silent = session.scalar(select(func.count()).where(*asked, Turn.abstained)) or 0
    first = _first_answers(session, since, until)
    routes = session.execute(select(Turn.route, func.count()).where(*asked).group_by(Turn.route))
    return Statistics(
        since=since,
        until=until,
        calls=len(calls),
        ended=len(lengths),
        turns=turns,
        calls_per_hour=tuple(HourCount(hour, hours[hour]) for hour in sorted(hours)),
        within_three_minutes=_share(sum(s <= SHORT_CALL_S for s in lengths), len(lengths)),
        median_first_answer_s=median(first) if first else None,
        abstained=_share(silent, turns),
        routes={label: count for label, count in routes},
        outcomes=dict(Counter(call.outcome for call in calls if call.outcome)),
        most_asked=_most_asked(session, since, until),
        content_gaps=_content_gaps(session, since, until),
        reports_by_reason=_reasons(session, since, until),
        calls_by_agent=dict(Counter(call.agent for call in calls if call.agent))
        if by_agent
        else {},
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _first_answers(session: Session, since: datetime, until: datetime) -> list[float]:
    """Seconds from the beginning of each call to its first card that answers or routes."""
    rows = session.execute(
        select(Call.started_at, Turn.asked_at, Turn.total_ms, Call.id)
        .join(Turn, Turn.call == Call.id)
        .where(Call.started_at >= since, Call.started_at < until, Turn.abstained.is_(False))
        .order_by(Turn.number.desc())
    )
    first = {call: (asked - began).total_seconds() + ms / 1000 for began, asked, ms, call in rows}
    return [max(seconds, 0.0) for seconds in first.values()]


def _most_asked(session: Session, since: datetime, until: datetime) -> tuple[FicheCount, ...]:
    count = func.count().label("turns")
    rows = session.execute(
        select(Turn.fiche, func.max(Turn.title), count)
        .where(Turn.asked_at >= since, Turn.asked_at < until, Turn.fiche.is_not(None))
        .group_by(Turn.fiche)
        .order_by(count.desc(), Turn.fiche)
        .limit(MOST_SHOWN)
    )
    return tuple(FicheCount(fiche or "", title or "", turns) for fiche, title, turns in rows)


def _content_gaps(session: Session, since: datetime, until: datetime) -> tuple[QuestionCount, ...]:
    """Questions that were not answered, or whose entry was decided to be a content gap."""
    decided = select(Queued.turn).where(Queued.decision == "content_gap")
    rows = session.scalars(
        select(Turn.question)
        .where(Turn.asked_at >= since, Turn.asked_at < until)
        .where(Turn.abstained | Turn.id.in_(decided))
        .order_by(Turn.number)
    )
    said: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for question in rows:
        same = " ".join(words(question))
        said.setdefault(same, question)
        counts[same] += 1
    return tuple(QuestionCount(said[key], n) for key, n in counts.most_common(MOST_SHOWN))


def frequent_questions(session: Session, since: datetime, calls: int) -> list[str]:
    """What was asked and answered in at least that many calls, most often first.

    Counted over calls, so that no one caller's words are shown to others; a question that held
    personal data is left out, and questions are the same up to case, accents and punctuation.
    """
    rows = session.execute(
        select(Turn.question, Turn.call)
        .where(Turn.asked_at >= since, Turn.abstained.is_(False), Turn.route == "niveau1")
        .order_by(Turn.number.desc())
        .limit(MOST_READ)
    )
    spelt: dict[str, Counter[str]] = {}
    heard: dict[str, set[str]] = {}
    for question, call in rows:
        if MASK not in question:
            same = " ".join(words(question))
            spelt.setdefault(same, Counter())[question] += 1
            heard.setdefault(same, set()).add(call)
    often = sorted(same for same in heard if len(heard[same]) >= calls)
    often.sort(key=lambda same: -len(heard[same]))
    return [spelt[same].most_common(1)[0][0] for same in often[:MOST_FREQUENT]]


def _reasons(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    rows = session.scalars(
        select(Report.reasons).where(
            Report.at >= since, Report.at < until, Report.verdict == "down"
        )
    )
    return dict(Counter(reason for reasons in rows for reason in reasons).most_common())

"""The journal: calls, turns with their trace, reports, decisions, curated answers, acts.

SQLite in ``SOUFFLEUR_HOME`` by default, PostgreSQL by ``DATABASE_URL``. No identity of a caller is kept:
whatever an agent types is masked before it is stored. Once a method that writes returns, what it wrote
survives the loss of the database and of the process (see ``journal_store``).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast, get_args
from uuid import uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from assistant.card import Card
from assistant.journal_cards import card_from, clean, columns_of, safe, told_of
from assistant.journal_queue import DiskQueue, Write
from assistant.journal_records import (
    Audit,
    CuratedAnswer,
    CuratedState,
    Decided,
    Decision,
    JournalError,
    Outcome,
    QueueEntry,
    Statistics,
    StoredCall,
    StoredTurn,
    Verdict,
)
from assistant.journal_statistics import frequent_questions, statistics
from assistant.journal_store import Store
from assistant.journal_tables import (
    TABLES,
    Audited,
    Call,
    Curated,
    Queued,
    Report,
    Table,
    Turn,
    row_of,
)
from assistant.journal_tables import Decided as DecidedRow
from assistant.metrics import JOURNAL_SECONDS
from assistant.pseudonyms import pseudonym_of
from assistant.settings import Settings
from vectorstore.errors import UsageError

__all__ = [
    "Audit",
    "CuratedAnswer",
    "Decided",
    "Journal",
    "JournalError",
    "Outcome",
    "QueueEntry",
    "Statistics",
    "StoredCall",
    "StoredTurn",
]


log = logging.getLogger("souffleur.journal")

_PARENTS: tuple[type[Table], ...] = (Call, Curated, Audited)
"""Tables that hang on no other: what they hold takes the rest with it."""


_SNAPSHOT_OR_RUN = re.compile(r"\b20\d\d-[01]\d-[0-3]\d-[0-9a-f]{6,8}(?:-[0-9a-f]+)?\b")
"""Names of corpora and evaluations, which an act must tell whole, and which look like numbers."""


class Journal:
    """The journal of one installation; one per process, shared by its threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        url = settings.database_url or f"sqlite:///{settings.home / 'journal.sqlite'}"
        self._store = Store(url, DiskQueue(settings.home / "journal.queue"))

    @classmethod
    def open(cls, settings: Settings) -> Journal:
        """Open it, and bring its database to today's schema.

        A database that cannot be reached is no error: entries wait on the disk (``degraded``).
        """
        return cls(settings)

    @property
    def degraded(self) -> str:
        """Why entries wait on the disk, in French; empty while the database takes them."""
        return self._store.degraded

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    # An agent's day

    def start_call(self, agent: str | None = None) -> str:
        """Begin a call; returns its id.

        Args:
            agent: who takes it, as the application knows them; kept as a pseudonym unless the
                installation wants names.
        """
        call = uuid4().hex
        row = {"id": call, "agent": self.pseudonym(agent), "started_at": _now()}
        self._store.write([("put", "calls", row)])
        log.info("call_started", extra={"call": call})
        return call

    def end_call(self, call: str, outcome: Outcome) -> None:
        """Say how a call ended."""
        _one_of(outcome, Outcome)
        values = {"id": call, "outcome": outcome, "ended_at": _now()}
        self._store.write([("set", "calls", values)])
        log.info("call_ended", extra={"call": call, "outcome": outcome})

    def record_turn(self, call: str, card: Card, *, asked_at: datetime | None = None) -> str:
        """Keep a turn, and queue it for the QA team when it has no answer; returns its id.

        Args:
            asked_at: when the question was sent; now, less the time that the card took, by default.
        """
        turn = uuid4().hex
        at = asked_at or datetime.now(UTC) - timedelta(
            milliseconds=card.timings_ms.get("total", 0.0)
        )
        row = {"id": turn, "call": call, "asked_at": at.isoformat(), **columns_of(card)}
        entry: list[Write] = [("put", "turns", row)]
        if card.abstained:
            entry.append(("put", "queue", {"id": turn, "turn": turn, "at": _now()}))
        with JOURNAL_SECONDS.time():
            self._store.write(entry)
        log.info("turn", extra={"call": call, "turn": turn, **told_of(card)})
        return turn

    def update_turn(self, turn: str, card: Card) -> None:
        """Keep the card that replaced a turn's: a case was chosen, a commune given."""
        self._store.write([("set", "turns", {"id": turn, **columns_of(card)})])
        log.info("turn_changed", extra={"turn": turn, **told_of(card)})

    def call(self, call: str) -> StoredCall:
        """A call as it stands, to go on with it after a reload.

        Raises:
            JournalError: there is no such call, or the journal cannot be read.
        """
        with self._store.reading() as session:
            row = session.scalar(select(Call).where(Call.id == call))
            if row is None:
                raise JournalError(f"{call} : appel inconnu du journal ; en commencer un nouveau")
            return _stored(row, _turns_of(session, [call]))

    def calls(
        self,
        *,
        since: datetime,
        until: datetime,
        agent: str | None = None,
        limit: int = 200,
    ) -> list[StoredCall]:
        """The calls that began in ``since <= t < until``, latest first.

        Args:
            agent: only theirs, as given to ``start_call``.
        """
        chosen = select(Call).where(Call.started_at >= since, Call.started_at < until)
        if agent is not None:
            chosen = chosen.where(Call.agent == self.pseudonym(agent))
        with self._store.reading() as session:
            rows = session.scalars(chosen.order_by(Call.number.desc()).limit(limit)).all()
            turns = _turns_of(session, [row.id for row in rows])
            return [_stored(row, turns) for row in rows]

    def report(
        self, turn: str, verdict: Verdict, reasons: Sequence[str] = (), comment: str = ""
    ) -> str:
        """Keep an agent's verdict, and queue the turn for the QA team when it is bad.

        Returns:
            The report's id, which is that of its entry in the queue.
        """
        _one_of(verdict, Verdict)
        report = uuid4().hex
        row = {
            "id": report,
            "turn": turn,
            "at": _now(),
            "verdict": verdict,
            "reasons": list(reasons),
            "comment": safe(comment),
        }
        entry: list[Write] = [("put", "reports", row)]
        if verdict == "down":
            queued = {"id": report, "turn": turn, "report": report, "at": _now()}
            entry.append(("put", "queue", queued))
        self._store.write(entry)
        log.info("report", extra={"turn": turn, "verdict": verdict})
        return report

    # The QA team's bench

    def queue(self, *, open_only: bool = True, limit: int = 1000) -> list[QueueEntry]:
        """Bad reports and turns without an answer, latest first."""
        chosen = select(Queued, Turn, Report).join(Turn, Turn.id == Queued.turn)
        chosen = chosen.outerjoin(Report, Report.id == Queued.report)
        if open_only:
            chosen = chosen.where(Queued.decision.is_(None))
        with self._store.reading() as session:
            rows = session.execute(chosen.order_by(Queued.number.desc()).limit(limit)).all()
            ids = [queued.id for queued, _, _ in rows]
            decided: dict[str, list[Decided]] = {}
            for row in session.scalars(
                select(DecidedRow).where(DecidedRow.entry.in_(ids)).order_by(DecidedRow.number)
            ):
                decision = Decided(cast(Decision, row.decision), row.by, row.at, row.note)
                decided.setdefault(row.entry, []).append(decision)
            return [
                _entry(queued, turn, report, decided.get(queued.id, []))
                for queued, turn, report in rows
            ]

    def decide(self, entry: str, decision: Decision, by: str, note: str = "") -> None:
        """Decide of an entry of the queue; an earlier decision is kept beside the new one."""
        _one_of(decision, Decision)
        row = {
            "id": uuid4().hex,
            "entry": entry,
            "at": _now(),
            "decision": decision,
            "by": by,
            "note": safe(note),
        }
        queued = {"id": entry, "decision": decision}
        self._store.write([("put", "decisions", row), ("set", "queue", queued)])

    def approve(self, curated: CuratedAnswer) -> str:
        """Put a curated answer in use, in place of the one with the same id if it has one."""
        answer = curated.id or uuid4().hex
        row = {
            "id": answer,
            "question": safe(curated.question),
            "say": clean(curated.say),
            "fiche": curated.fiche,
            "fiche_hash": curated.fiche_hash,
            "expires": curated.expires.isoformat(),
            "state": "in_use",
            "by": curated.by,
            "at": curated.at.isoformat(),
        }
        self._store.write([("put", "curated", row)])
        return answer

    def curated(self, state: CuratedState | None = None) -> list[CuratedAnswer]:
        """Curated answers, latest first; of one state only if it is given."""
        chosen = select(Curated).order_by(Curated.number.desc())
        if state is not None:
            chosen = chosen.where(Curated.state == state)
        with self._store.reading() as session:
            return [
                CuratedAnswer(
                    row.question,
                    row.say,
                    row.fiche,
                    row.fiche_hash,
                    row.expires,
                    row.by,
                    row.at,
                    cast(CuratedState, row.state),
                    row.id,
                )
                for row in session.scalars(chosen)
            ]

    def put_up_for_review(self, answer: str, why: str, by: str = "souffleur") -> None:
        """Stop saying a curated answer until someone approves it again: its fiche changed."""
        self._curated_state(answer, "to_review", why, by)

    def withdraw(self, answer: str, why: str, by: str = "souffleur") -> None:
        """Stop saying a curated answer for good."""
        self._curated_state(answer, "withdrawn", why, by)

    def _curated_state(self, answer: str, state: CuratedState, why: str, by: str) -> None:
        audit = _audit(by, f"curated_{state}", f"{answer} : {why}")
        self._store.write([("set", "curated", {"id": answer, "state": state}), audit])

    # The supervisor's view

    def audit(self, actor: str, act: str, details: str = "") -> None:
        """Keep an act of the QA team or of an administrator."""
        self._store.write([_audit(actor, act, details)])

    def audits(
        self, *, since: datetime | None = None, until: datetime | None = None, limit: int = 200
    ) -> list[Audit]:
        """The acts of a period, latest first."""
        chosen = select(Audited).order_by(Audited.number.desc()).limit(limit)
        if since is not None:
            chosen = chosen.where(Audited.at >= since)
        if until is not None:
            chosen = chosen.where(Audited.at < until)
        with self._store.reading() as session:
            rows = session.scalars(chosen)
            return [Audit(row.at, row.actor, row.act, row.details) for row in rows]

    def statistics(self, since: datetime, until: datetime) -> Statistics:
        """What a period was like."""
        with self._store.reading() as session:
            return statistics(session, since, until, self._settings.name_agents)

    def frequent_questions(self, since: datetime, calls: int = 3) -> list[str]:
        """What was asked and answered in at least that many calls since then, most often first."""
        with self._store.reading() as session:
            return frequent_questions(session, since, calls)

    # Keeping and forgetting

    def purge(self, older_than_days: int) -> int:
        """Forget the calls that began before that many days, with all that hangs on them.

        Curated answers and acts stay: they hold nothing of a caller.

        Returns:
            How many calls were forgotten.
        """
        if older_than_days < 0:
            raise UsageError(f"{older_than_days} jours : donner un âge de 0 jour ou plus")
        before = datetime.now(UTC) - timedelta(days=older_than_days)
        with self._store.changing() as session:
            gone = session.scalars(delete(Call).where(Call.started_at < before).returning(Call.id))
            count = len(gone.all())
        self._store.forget()
        return count

    def export(self, path: Path) -> int:
        """Write everything as JSON Lines, one row a line with its table; returns how many.

        The file appears whole or not at all.
        """
        count = 0
        partial = path.with_name(f".{path.name}.partial")
        with self._store.reading() as session, partial.open("w", encoding="utf-8") as file:
            for name, model in TABLES.items():
                columns = [column.name for column in model.__table__.columns]
                for row in session.scalars(select(model).order_by(model.number)):
                    record = {"table": name, **{key: getattr(row, key) for key in columns}}
                    file.write(json.dumps(record, ensure_ascii=False, default=_as_text) + "\n")
                    count += 1
        partial.replace(path)
        return count

    def is_empty(self) -> bool:
        """Whether nothing has been kept yet."""
        with self._store.reading() as session:
            return all(session.scalar(select(table.number).limit(1)) is None for table in _PARENTS)

    def replace(self, rows: Sequence[dict[str, Any]]) -> None:
        """Put an export's rows in place of all that is kept, in one transaction.

        Args:
            rows: as ``export`` writes them, parents before children; columns that a later version
                no longer has are passed over.
        """
        with self._store.changing() as session:
            for table in reversed(TABLES.values()):
                session.execute(delete(table))
            for row in rows:
                table = TABLES[row["table"]]
                known = table.__table__.columns.keys()
                values = {k: v for k, v in row.items() if k in known and k != "number"}
                session.execute(insert(table).values(row_of(table, values)))
        self._store.forget()

    def pseudonym(self, agent: str | None) -> str | None:
        """How an agent is called in the journal: by name only where names are wanted.

        The key of the pseudonyms is made once, in ``SOUFFLEUR_HOME/journal.key``.
        """
        if agent is None or self._settings.name_agents:
            return agent
        return pseudonym_of(agent, self._settings.home / "journal.key")


def _turns_of(session: Session, calls: Sequence[str]) -> dict[str, list[StoredTurn]]:
    found: dict[str, list[StoredTurn]] = {}
    for turn in session.scalars(select(Turn).where(Turn.call.in_(calls)).order_by(Turn.number)):
        found.setdefault(turn.call, []).append(
            StoredTurn(turn.id, turn.asked_at, card_from(turn.card))
        )
    return found


def _stored(row: Call, turns: dict[str, list[StoredTurn]]) -> StoredCall:
    outcome = cast("Outcome | None", row.outcome)
    own = tuple(turns.get(row.id, ()))
    return StoredCall(row.id, row.started_at, row.ended_at, outcome, row.agent, own)


def _entry(
    queued: Queued, turn: Turn, report: Report | None, decided: Sequence[Decided]
) -> QueueEntry:
    return QueueEntry(
        id=queued.id,
        kind="report" if report else "abstention",
        at=queued.at,
        turn=turn.id,
        call=turn.call,
        question=turn.question,
        card=card_from(turn.card),
        reasons=tuple(report.reasons) if report else (),
        comment=report.comment if report else "",
        decisions=tuple(decided),
    )


def _audit(actor: str, act: str, details: str) -> Write:
    names = _SNAPSHOT_OR_RUN.findall(details)
    around = [safe(text) for text in _SNAPSHOT_OR_RUN.split(details)]
    kept = "".join(text + name for text, name in zip(around, [*names, ""], strict=True))
    row = {"id": uuid4().hex, "at": _now(), "actor": actor, "act": act, "details": kept}
    return ("put", "audits", row)


def _one_of(value: str, choices: Any) -> None:
    if value not in get_args(choices):
        raise UsageError(f"{value} : valeur inconnue ; au choix {', '.join(get_args(choices))}")


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _as_text(value: Any) -> str:
    return str(value.isoformat())

"""Answers of models, kept so that the same question of the day costs once."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from assistant.budget import open_database
from assistant.generate import Answer

_log = logging.getLogger(__name__)


class AnswerCache:
    """Drafts that were verified, as the model wrote them; they are verified again when used.

    A file that fails costs the cache and nothing else.

    Args:
        path: the SQLite file, made when missing.
        snapshot: the corpus in use; answers over others are forgotten.
        model: the model and its endpoint.
    """

    def __init__(self, path: Path, snapshot: str, model: str) -> None:
        self._path = path
        self._snapshot = snapshot
        self._model = model
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    def get(self, key: str) -> Answer | None:
        """The answer given before to the same question over the same passages."""
        query = "SELECT answer FROM answers WHERE key = :key AND snapshot = :snapshot AND model = :model"
        try:
            with self._opened().connect() as connection:
                found = connection.execute(text(query), self._named(key)).scalar()
            return None if found is None else Answer.model_validate_json(found)
        except (SQLAlchemyError, OSError, ValidationError) as error:
            _log.warning("answer cache: %s", type(error).__name__)
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer whose draft was verified."""
        statement = (
            "INSERT OR REPLACE INTO answers VALUES (:key, :snapshot, :model, :answer, :made)"
        )
        values = {
            **self._named(key),
            "answer": answer.model_dump_json(),
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        try:
            with self._opened().begin() as connection:
                connection.execute(text(statement), values)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("answer cache: %s", type(error).__name__)

    def _named(self, key: str) -> dict[str, str]:
        return {"key": key, "snapshot": self._snapshot, "model": self._model}

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None:
                engine = open_database(self._path)
                with engine.begin() as connection:
                    connection.execute(
                        text(
                            "CREATE TABLE IF NOT EXISTS answers (key TEXT, snapshot TEXT, "
                            "model TEXT, answer TEXT NOT NULL, made TEXT NOT NULL, "
                            "PRIMARY KEY (key, snapshot, model))"
                        )
                    )
                    connection.execute(
                        text("DELETE FROM answers WHERE snapshot <> :snapshot"),
                        {"snapshot": self._snapshot},
                    )
                self._engine = engine
            return self._engine

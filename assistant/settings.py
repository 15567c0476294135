"""Settings: one class, and every default works offline.

Environment variables start with ``SOUFFLEUR_`` (``SOUFFLEUR_HOME=/srv/souffleur``).
``CHROMA_URL`` and ``DATABASE_URL`` are also read without the prefix, as their servers' own tools do.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

VectorScope = Literal["heads", "sections", "passages"]


class Settings(BaseSettings):
    """What an installation may change."""

    model_config = SettingsConfigDict(
        env_prefix="SOUFFLEUR_", env_file=".env", extra="ignore", populate_by_name=True
    )

    home: Path = Field(default_factory=lambda: user_data_path("souffleur"))
    """Everything that is not code: snapshots, cache, journal, runs."""

    chroma_url: str | None = Field(
        default=None, validation_alias=AliasChoices("CHROMA_URL", "SOUFFLEUR_CHROMA_URL")
    )
    """A Chroma server; without it the store is embedded in the snapshot."""

    database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("DATABASE_URL", "SOUFFLEUR_DATABASE_URL")
    )
    """The journal's database, PostgreSQL; without it ``home/journal.sqlite``."""

    journal_days: int = 90
    """How long calls are kept in the journal."""

    name_agents: bool = False
    """Whether the journal keeps agents' names and counts by agent; else pseudonyms only."""

    vectors: VectorScope = "heads"
    """Which texts earn a vector: title and description, section heads too, or every passage too."""

    embedding_base_url: str | None = None
    """An OpenAI-compatible endpoint for embeddings; without it the embedded model serves."""
    embedding_model: str | None = None
    embedding_api_key: SecretStr | None = None

    connect_timeout_s: float = 4.0
    """How long to wait for DILA's server before the next source is tried."""

    old_after_days: int = 60
    """Data older than this is called old on every screen."""

    keep_snapshots: int = 3

    question_max_chars: int = 1000

    @property
    def snapshots_dir(self) -> Path:
        return self.home / "snapshots"

    @property
    def cache_dir(self) -> Path:
        return self.home / "cache"

    @property
    def runs_dir(self) -> Path:
        return self.home / "runs"


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """The process's settings, read once from the environment and ``.env``."""
    return Settings()

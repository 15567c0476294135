"""Settings: one class, and every default works offline.

Environment variables start with ``SOUFFLEUR_`` (``SOUFFLEUR_HOME=/srv/souffleur``).
``CHROMA_URL`` and ``DATABASE_URL`` are also read without the prefix, as their servers' own tools do.
A model serves a role (answer, rewrite, judge): ``SOUFFLEUR_ANSWER_MODEL``, ``SOUFFLEUR_REWRITE_BASE_URL``…
Each secret may be a file instead, named like its variable, in ``SOUFFLEUR_SECRETS_DIR``.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

VectorScope = Literal["heads", "sections", "passages"]
Role = Literal["answer", "rewrite", "judge"]
"""What a model is used for; each role has an endpoint of its own."""
ROLES: tuple[Role, ...] = ("answer", "rewrite", "judge")


class _Settings(BaseSettings):
    """Secrets may be files of one folder, each named like its variable."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        folder = os.environ.get("SOUFFLEUR_SECRETS_DIR")
        files = SecretsSettingsSource(settings_cls, folder) if folder else file_secret_settings
        return init_settings, env_settings, dotenv_settings, files


class ModelSettings(_Settings):
    """One role's OpenAI-compatible endpoint; without ``model`` the role is not served by a model."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    base_url: str | None = None
    """Up to and without ``/chat/completions``; None is OpenAI's own."""
    model: str | None = None
    """The model's name at that endpoint."""
    api_key: SecretStr | None = None

    connect_timeout_s: float = Field(default=2.0, gt=0)
    silence_timeout_s: float = Field(default=6.0, gt=0)
    """How long the endpoint may send nothing, before its first word as between two."""
    deadline_s: float = Field(default=12.0, gt=0)
    """After this an answer is given up, retries and slow drips included."""
    retries: int = Field(default=1, ge=0, le=10)
    """How often a passing fault (408, 429, 5xx, no connection) is tried again."""

    temperature: float | None = 0.0
    """None sends none, for models that refuse the parameter."""
    max_tokens: int = Field(default=600, gt=0)
    """The longest reply that is asked for."""
    max_reply_bytes: int = Field(default=1_000_000, gt=0)
    """A longer body is not read."""

    price_in: float = Field(default=0.0, ge=0)
    """Euros for a million tokens of prompt."""
    price_out: float = Field(default=0.0, ge=0)
    """Euros for a million tokens of reply."""
    budget_per_call: float | None = Field(default=None, ge=0)
    """Euros that one call may cost; None sets no limit."""
    budget_per_day: float | None = Field(default=None, ge=0)

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("une adresse http:// ou https:// était attendue")
        if parts.username or parts.password:
            raise ValueError("pas d'identifiants dans l'adresse : la clé a son propre réglage")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _priced(self) -> ModelSettings:
        budget = self.budget_per_call is not None or self.budget_per_day is not None
        if budget and not (self.price_in or self.price_out):
            raise ValueError("un budget demande price_in ou price_out, en euros par million")
        return self


class AnswerModel(ModelSettings):
    """Writes the answer. Environment variables start with ``SOUFFLEUR_ANSWER_``."""

    model_config = SettingsConfigDict(env_prefix="SOUFFLEUR_ANSWER_")


class RewriteModel(ModelSettings):
    """Makes follow-ups standalone. Environment variables start with ``SOUFFLEUR_REWRITE_``."""

    model_config = SettingsConfigDict(env_prefix="SOUFFLEUR_REWRITE_")

    silence_timeout_s: float = Field(default=2.0, gt=0)
    deadline_s: float = Field(default=2.0, gt=0)
    """The card waits for the rewrite."""
    retries: int = Field(default=0, ge=0, le=10)
    max_tokens: int = Field(default=200, gt=0)


class JudgeModel(ModelSettings):
    """Judges answers in evaluations. Environment variables start with ``SOUFFLEUR_JUDGE_``."""

    model_config = SettingsConfigDict(env_prefix="SOUFFLEUR_JUDGE_")

    silence_timeout_s: float = Field(default=60.0, gt=0)
    deadline_s: float = Field(default=60.0, gt=0)
    max_tokens: int = Field(default=2000, gt=0)


class Settings(_Settings):
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

    roles_claim: str = "roles"
    """Claim of the identity token that holds roles; a path where it is nested."""
    roles_file: Path | None = None
    """Who has which role; without it ``home/roles.yaml`` where there is one, else the claim alone."""

    watch_address: str = "127.0.0.1"
    """Where health, readiness and metrics are served; not for the public."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    vectors: VectorScope = "heads"
    """Which texts earn a vector: title and description, section heads too, or every passage too."""

    embedding_base_url: str | None = None
    """An OpenAI-compatible endpoint for embeddings; without it the embedded model serves."""
    embedding_model: str | None = None
    embedding_api_key: SecretStr | None = None

    answer: ModelSettings = Field(default_factory=AnswerModel)
    rewrite: ModelSettings = Field(default_factory=RewriteModel)
    judge: ModelSettings = Field(default_factory=JudgeModel)

    connect_timeout_s: float = 4.0
    """How long to wait for DILA's server before the next source is tried."""

    old_after_days: int = 60
    """Data older than this is called old on every screen."""

    keep_snapshots: int = 3

    question_max_chars: int = 1000

    def endpoint(self, role: Role) -> ModelSettings:
        """The endpoint of a role."""
        return {"answer": self.answer, "rewrite": self.rewrite, "judge": self.judge}[role]

    def shown(self) -> dict[str, Any]:
        """The settings as they may be read by others: secrets and passwords in addresses masked."""
        return {
            key: _without_password(value) for key, value in self.model_dump(mode="json").items()
        }

    @property
    def snapshots_dir(self) -> Path:
        return self.home / "snapshots"

    @property
    def cache_dir(self) -> Path:
        return self.home / "cache"

    @property
    def runs_dir(self) -> Path:
        return self.home / "runs"


def _without_password(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_password(part) for key, part in value.items()}
    return re.sub(r"//[^/\s]*@", "//***@", value) if isinstance(value, str) else value


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """The process's settings, read once from the environment and ``.env``."""
    return Settings()

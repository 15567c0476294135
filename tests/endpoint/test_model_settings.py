from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant.settings import AnswerModel, Settings


def test_each_role_has_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUFFLEUR_ANSWER_MODEL", "grand")
    monkeypatch.setenv("SOUFFLEUR_ANSWER_BASE_URL", "https://albert.example/v1/")
    monkeypatch.setenv("SOUFFLEUR_REWRITE_MODEL", "petit")
    settings = Settings()
    assert (settings.answer.model, settings.rewrite.model) == ("grand", "petit")
    assert settings.judge.model is None
    assert settings.answer.base_url == "https://albert.example/v1"


def test_a_key_may_be_a_file_and_is_never_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "souffleur_answer_api_key").write_text("cle-du-fichier\n")
    monkeypatch.setenv("SOUFFLEUR_SECRETS_DIR", str(tmp_path))
    settings = Settings()
    assert settings.answer.api_key is not None
    assert settings.answer.api_key.get_secret_value() == "cle-du-fichier"
    assert "cle-du-fichier" not in f"{settings!r} {settings.model_dump_json()}"


@pytest.mark.parametrize("address", ["ftp://x/v1", "modele", "https://moi:cle@x/v1"])
def test_an_address_that_cannot_be_one_or_holds_a_key_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        AnswerModel(base_url=address)


def test_a_budget_needs_a_price() -> None:
    with pytest.raises(ValidationError, match="price_in"):
        AnswerModel(budget_per_day=3.0)

"""A key stands in no message, no log, no representation."""

from __future__ import annotations

import logging

import pytest

from assistant.endpoint import Endpoint, EndpointError
from assistant.settings import AnswerModel, Settings
from tests.endpoint.server import KEY, ScriptedServer, faults
from vectorstore.embeddings import build_embeddings, model_name


def test_a_key_is_in_no_representation_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUFFLEUR_ANSWER_API_KEY", KEY)
    monkeypatch.setenv("SOUFFLEUR_EMBEDDING_API_KEY", KEY)
    settings = Settings()
    shown = (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump()))
    assert settings.answer.api_key is not None
    assert not any(KEY in text for text in shown)


def test_an_endpoint_that_repeats_the_key_does_not_bring_it_into_messages_or_logs(
    scripted: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint = Endpoint("answer", scripted.settings(deadline_s=5.0, retries=0))
    messages = []
    for fault, _kind in faults("Bonjour.").values():
        scripted.always(fault)
        try:
            endpoint.complete([("user", "Bonjour")])
        except EndpointError as error:
            messages.append(str(error))
        endpoint.breaker.succeeded()
    assert messages
    assert not any(KEY in message for message in messages)
    assert KEY not in caplog.text


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="identifiants") as caught:
        AnswerModel(base_url="https://moi:motdepasse@exemple.invalid/v1")
    first = caught.value.errors(include_input=False)[0]  # type: ignore[attr-defined]
    assert "motdepasse" not in str(first["msg"])


def test_the_embeddings_key_is_in_neither_the_object_nor_the_manifest_name() -> None:
    from pydantic import SecretStr

    embeddings = build_embeddings("https://exemple.invalid/v1", "m", SecretStr(KEY))
    assert KEY not in repr(embeddings)
    assert KEY not in repr(vars(embeddings))
    assert KEY not in model_name("https://exemple.invalid/v1", "m")

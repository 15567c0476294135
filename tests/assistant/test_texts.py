from __future__ import annotations

from pathlib import Path

import pytest

from assistant import texts
from assistant.speech import closed, speakable
from assistant.texts import any_match, load_yaml, pattern
from vectorstore.errors import SouffleurError


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(texts, "PROMPTS", tmp_path)
    return tmp_path


def test_a_missing_prompt_file_is_an_error_that_names_it(prompts: Path) -> None:
    with pytest.raises(SouffleurError, match=r"absent_ici\.yaml"):
        load_yaml("absent_ici")


def test_a_broken_prompt_file_is_an_error_that_names_it(prompts: Path) -> None:
    (prompts / "casse.yaml").write_text("a: [1, ", "utf-8")
    with pytest.raises(SouffleurError, match=r"casse\.yaml : illisible"):
        load_yaml("casse")


def test_a_prompt_file_that_is_no_mapping_is_an_error(prompts: Path) -> None:
    (prompts / "liste.yaml").write_text("- a\n- b\n", "utf-8")
    with pytest.raises(SouffleurError, match="dictionnaire YAML"):
        load_yaml("liste")


@pytest.mark.parametrize("name", ["routes", "aspects", "scripts"])
def test_every_prompt_file_has_a_version(name: str) -> None:
    assert isinstance(load_yaml(name)["version"], int)


@pytest.mark.parametrize("name", list(load_yaml("aspects")["aspects"]))
def test_every_aspect_has_words_that_ask_it_and_titles_that_answer_it(name: str) -> None:
    rules = load_yaml("aspects")["aspects"][name]
    assert rules["asks"]
    assert rules["titles"]
    for expression in [*rules["asks"], *rules["titles"], rules.get("needs", "")]:
        pattern(expression)


def test_the_sentence_of_abstention_is_speakable_as_it_stands() -> None:
    script = load_yaml("scripts")["abstain"]
    assert closed(speakable(script)) == script


def test_the_first_expression_found_is_given_back() -> None:
    assert any_match(["chat", "\\bpass"], "un passeport") == "\\bpass"
    assert any_match(["chat"], "un passeport") is None

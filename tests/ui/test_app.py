"""The agents' page, run by Streamlit's own test runner on the small corpus."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from assistant import settings as settings_module
from assistant.card import Ask, Card, Source
from assistant.chain import Assistant
from ui.card_view import plain, quote_html, safe_url

PAGE = Path(__file__).parents[2] / "ui" / "app.py"


@pytest.fixture
def page(souffleur_home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return opened(souffleur_home, monkeypatch)


def opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SOUFFLEUR_HOME", str(home))
    settings_module.load_settings.cache_clear()
    st.cache_resource.clear()
    return AppTest.from_file(str(PAGE), default_timeout=60).run()


def asked(page: AppTest, question: str) -> list[str]:
    """The page's Markdown blocks after a question."""
    page.chat_input[0].set_value(question).run()
    assert not page.exception
    return [block.value for block in page.main.markdown]


def test_the_sentence_to_say_comes_before_the_sources(page: AppTest) -> None:
    blocks = asked(page, "quel préavis pour quitter un logement meublé")
    say = next(n for n, block in enumerate(blocks) if "class='souffle" in block)
    assert "1 mois" in blocks[say]
    assert say < next(n for n, block in enumerate(blocks) if "Sources" in block)


def test_a_tax_question_shows_who_takes_the_call(page: AppTest) -> None:
    blocks = asked(page, "comment déclarer mes revenus aux impôts")
    assert any("0809 401 401" in block for block in blocks)


def test_markup_typed_by_an_agent_is_shown_and_not_run(page: AppTest) -> None:
    blocks = asked(page, "<script>alert(1)</script> carte d'identité perdue")
    assert not any("<script>" in block for block in blocks)


def test_an_endless_question_gets_a_clear_word(page: AppTest) -> None:
    page.chat_input[0].set_value("a" * 5000).run()
    assert not page.exception
    assert "5000 caractères" in page.error[0].value


def test_the_date_of_the_data_is_always_visible(page: AppTest) -> None:
    side = " ".join(block.value for block in page.sidebar.markdown)
    assert "DONNÉES ANCIENNES" in side
    assert "09/11/2020" in side


def test_a_new_call_forgets_the_turns(page: AppTest) -> None:
    asked(page, "carte d'identité perdue")
    page.sidebar.button[0].click().run()
    assert not any("class='souffle" in block.value for block in page.main.markdown)


def test_without_a_corpus_the_page_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(tmp_path, monkeypatch)
    assert not page.exception
    assert "souffleur sync" in page.error[0].value.replace("\\", "")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", None])
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert safe_url(url) is None


def test_markdown_of_the_data_is_shown_as_it_is() -> None:
    assert plain("**gras** [lien](x)") == r"\*\*gras\*\* \[lien\]\(x\)"


def test_an_empty_question_gets_a_clear_word(page: AppTest) -> None:
    page.chat_input[0].set_value("   ").run()
    assert not page.exception
    assert "vide" in page.error[0].value


def test_an_address_that_is_no_address_is_no_link() -> None:
    assert safe_url("http://[") is None
    assert "'" not in (safe_url("https://x.fr/'onclick='a") or "'")


HOSTILE = "<script>alert(1)</script>"


def hostile(question: str) -> Card:
    """A card whose every text from the data tries to become markup."""
    source = Source(
        n=1,
        fiche="F1",
        title=HOSTILE,
        section=HOSTILE,
        case=[HOSTILE],
        url="javascript:alert(1)",
        updated="2020-05-12",
        quote="Premier alinéa.\n\n[lien](javascript:alert(1)) " + HOSTILE,
    )
    return Card(
        question=question,
        standalone_question=question,
        say="Le passeport coûte 86 euros.",
        ask=Ask(text="Pour qui ?", options=["un adulte", "un mineur"]),
        sources=[source],
        warnings=[HOSTILE],
    )


@pytest.fixture
def histories(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What each question was asked with, once answers are hostile cards."""
    seen: list[list[str]] = []

    def ask(self: Assistant, question: str, *, history: list[str], **_: object) -> Card:
        seen.append(history)
        return hostile(question)

    monkeypatch.setattr(Assistant, "ask", ask)
    return seen


def test_markup_in_a_fiche_is_shown_and_not_run(page: AppTest, histories: list[list[str]]) -> None:
    blocks = asked(page, "passeport") + [box.value for box in page.warning]
    assert not any("<script" in block.replace("\\<", "") for block in blocks)
    assert not any("href" in block for block in blocks)


def test_a_quote_with_a_blank_line_stays_inside_its_block(
    page: AppTest, histories: list[list[str]]
) -> None:
    quotes = [block for block in asked(page, "passeport") if "Premier alinéa" in block]
    assert quotes
    assert not any("\n" in block for block in quotes)


def test_an_option_changes_the_card_and_asks_no_new_question(page: AppTest) -> None:
    asked(page, "quel préavis pour quitter sa location")
    next(b for b in page.main.button if b.label == "Logement meublé").click().run()
    assert not page.exception
    cards = [block.value for block in page.main.markdown if "class='souffle" in block.value]
    assert len(cards) == 1
    assert any("Cas retenu : Logement meublé" in block.value for block in page.main.markdown)


def test_the_commune_of_the_call_names_the_office_on_the_card(
    souffleur_home: Path, directory_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("snapshots", "current"):
        (tmp_path / name).symlink_to(souffleur_home / name)
    (tmp_path / "directory").symlink_to(directory_home / "directory")
    page = opened(tmp_path, monkeypatch)
    blocks = asked(page, "Comment obtenir un acte de naissance ?")
    assert any("Dans quelle commune" in block for block in blocks)
    page.sidebar.text_input[0].set_value("villeurbane").run()
    assert not page.exception
    blocks = [block.value for block in page.main.markdown]
    assert any("Mairie - Villeurbanne" in block for block in blocks)
    page.sidebar.button[0].click().run()
    assert page.sidebar.text_input[0].value == ""


def test_the_agents_fiche_lies_folded_under_the_card(page: AppTest) -> None:
    asked(page, "quel préavis pour quitter un logement meublé")
    assert "La fiche pour l'agent" in [expander.label for expander in page.main.expander]


def test_the_words_that_are_said_are_marked_in_their_passage() -> None:
    source = Source(
        n=1, fiche="F1", title="T", section="S", url="https://exemple.fr", updated="2020-01-01",
        quote="Avant <b>. Le délai est de 2 mois. Après.", spans=[(11, 34)],
    )  # fmt: skip
    assert quote_html(source) == ("Avant &lt;b&gt;. <mark>Le délai est de 2 mois.</mark> Après.")


def test_a_long_passage_of_which_nothing_is_said_lies_folded() -> None:
    source = Source(
        n=1, fiche="F1", title="T", section="S", url="https://exemple.fr", updated="2020-01-01",
        quote="mot " * 100,
    )  # fmt: skip
    assert quote_html(source).startswith("<details><summary>mot")

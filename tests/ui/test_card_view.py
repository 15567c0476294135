"""The card as HTML."""

from __future__ import annotations

import pytest

from assistant.card import Ask, Card, Check, ContactCard, Route, ServiceCard, Source, Target
from tests.ui.cards import HOSTILE, hostile
from ui.card_view import (
    card_html,
    earlier_html,
    others_html,
    plain,
    quote_html,
    safe_url,
)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", None])
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert safe_url(url) is None


def test_an_address_that_is_no_address_is_no_link() -> None:
    assert safe_url("http://[") is None
    assert "'" not in (safe_url("https://x.fr/'onclick='a") or "'")


def test_markdown_of_the_data_is_shown_as_it_is() -> None:
    assert plain("**gras** [lien](x)") == r"\*\*gras\*\* \[lien\]\(x\)"


def test_markup_in_a_fiche_or_a_question_is_shown_and_not_run() -> None:
    shown = card_html(hostile()) + earlier_html([hostile()])
    assert "<script" not in shown
    assert "href" not in shown
    assert "&lt;script&gt;" in shown


def test_the_card_stands_in_the_order_of_speech() -> None:
    card = Card(
        question="passeport",
        standalone_question="passeport",
        say="Le passeport coûte 86 euros.",
        ask=Ask(text="Quel âge ?", options=["majeur", "mineur"]),
        check=[Check(fact="86 euros", source=1, doubtful=True)],
        contacts=[ContactCard(name="Mairie")],
        services=[ServiceCard(title="Prédemande", url="https://exemple.fr/r")],
        sources=[
            Source(n=1, fiche="F1", title="T", section="S", url="https://exemple.fr", updated="2020-01-01", quote="q")
        ],
    )  # fmt: skip
    shown = card_html(card)
    parts = ("À dire", "À demander", "À vérifier", "Où aller", "Démarches", "Sources")
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)
    assert "données anciennes" in shown


def test_a_call_that_belongs_elsewhere_changes_the_whole_card() -> None:
    route = Route(label="fiscal", target=Target(name="Impôts", phone="08 09 40 14 01"), script="s")
    routed = Card(question="q", standalone_question="q", route=route, say="s")
    urgent = Card(question="q", standalone_question="q", route=Route(label="urgence"), say="s")
    assert "class='carte routed'" in card_html(routed)
    assert card_html(routed).index("08 09 40 14 01") < card_html(routed).index("À dire")
    assert "class='carte urgence'" in card_html(urgent)


def test_options_of_the_office_go_on_counting_after_those_of_the_case() -> None:
    card = Card(
        question="q",
        standalone_question="q",
        ask=Ask(text="?", options=["a", "b"]),
        place_ask=Ask(text="Où ?", options=["c"]),
    )
    shown = card_html(card)
    assert [n for n in "1234" if f"data-number='{n}'" in shown] == ["1", "2", "3"]


def test_the_options_of_a_call_that_is_over_cannot_be_chosen() -> None:
    assert "data-number='1' disabled" in card_html(hostile(), open_to_answers=False)


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


def test_hostile_text_is_on_the_card_as_text() -> None:
    assert HOSTILE not in card_html(hostile())


def test_a_second_question_is_one_click_away_and_escaped() -> None:
    shown = others_html(["et <b>la carte grise</b> ?"])
    assert "data-act='other'" in shown
    assert "et &lt;b&gt;la carte grise&lt;/b&gt; ?" in shown
    assert others_html([]) == ""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element

from tests.conftest import CORPUS
from vectorstore.archive import open_archive
from vectorstore.coverage import Coverage, measure
from vectorstore.fiche import Passage
from vectorstore.parse import parse_fiche
from vectorstore.passages import TARGET_CHARS, passages_of
from vectorstore.snapshot import Snapshot

Tree = Callable[..., _Element]


def cut(tree: Tree, body: str, tail: str = "") -> tuple[Passage, ...]:
    return passages_of(parse_fiche(tree(f"<Texte>{body}</Texte>", tail=tail), "particuliers"))


def with_text(passages: tuple[Passage, ...], text: str) -> Passage:
    (found,) = [passage for passage in passages if text in passage.text]
    return found


def case(title: str, body: str) -> str:
    return f"<Cas><Titre>{title}</Titre>{body}</Cas>"


def chapter(title: str, body: str, tag: str = "Chapitre") -> str:
    return f"<{tag}><Titre><Paragraphe>{title}</Paragraphe></Titre>{body}</{tag}>"


def line(text: str) -> str:
    return f"<Paragraphe>{text}</Paragraphe>"


def test_a_passage_carries_every_title_above_it(tree: Tree) -> None:
    body = chapter("Démarche", chapter("Sur place", line("Allez-y."), tag="SousChapitre"))
    inner = f"<BlocCas>{case('En France', body)}</BlocCas>"
    passages = cut(tree, f"<BlocCas>{case('Majeur', inner)}</BlocCas>")
    (passage,) = passages
    assert passage.cases == (("Majeur", "En France"),)
    assert passage.section == ("Démarche", "Sur place")
    assert passage.heading() == "Majeur > En France > Démarche > Sur place"


def test_a_block_repeated_in_several_cases_is_stored_once_with_all_its_cases(tree: Tree) -> None:
    same = chapter("Coût", line("86 €"))
    passages = cut(tree, f"<BlocCas>{case('Majeur', same)}{case('Mineur', same)}</BlocCas>")
    (passage,) = passages
    assert passage.cases == (("Majeur",), ("Mineur",))


def test_no_text_of_a_case_stands_under_another_case(tree: Tree) -> None:
    passages = cut(
        tree,
        line("Pour tous, avant.")
        + f"<BlocCas>{case('Majeur', line('86 €'))}{case('Mineur', line('17 €'))}</BlocCas>"
        + line("Pour tous, après."),
    )
    assert with_text(passages, "86 €").cases == (("Majeur",),)
    assert with_text(passages, "17 €").cases == (("Mineur",),)
    for text in ("avant", "après"):
        passage = with_text(passages, text)
        assert passage.cases == ((),)
        assert "€" not in passage.text


def test_the_same_text_with_another_contact_stays_apart(tree: Tree) -> None:
    def of(name: str) -> str:
        contact = f'<OuSAdresser ID="{name}"><Titre>{name}</Titre></OuSAdresser>'
        return line("Adressez-vous ici.") + contact

    cases = case("A", of("Mairie")) + case("B", of("Préfecture"))
    passages = cut(tree, f"<BlocCas>{cases}</BlocCas>")
    assert [(passage.cases, passage.contacts) for passage in passages] == [
        ((("A",),), (0,)),
        ((("B",),), (1,)),
    ]


def test_a_case_without_text_keeps_its_title(tree: Tree) -> None:
    passages = cut(tree, f"<BlocCas>{case('Vide', '')}{case('Plein', line('x'))}</BlocCas>")
    assert [passage.cases for passage in passages] == [(("Vide",),), (("Plein",),)]


def test_the_other_title_of_a_chapter_is_in_its_passage(tree: Tree) -> None:
    passages = cut(
        tree,
        "<Chapitre><Titre><Paragraphe>Enfants</Paragraphe></Titre><TitreAlternatif><Paragraphe>"
        f"Si vous avez des enfants</Paragraphe></TitreAlternatif>{line('Inscrivez-les.')}</Chapitre>",
    )
    assert [(passage.section, passage.text) for passage in passages] == [
        (("Enfants",), "Si vous avez des enfants\nInscrivez-les.")
    ]


def test_a_warning_comes_first(tree: Tree) -> None:
    passages = cut(
        tree,
        line("Corps."),
        '<Avertissement ID="A1"><Titre>Réforme</Titre><Texte><Paragraphe>Tout change.</Paragraphe>'
        "</Texte></Avertissement>",
    )
    assert (passages[0].kind, passages[0].section) == ("warning", ("Réforme",))
    assert passages[0].text == "Tout change."


def test_a_callout_is_a_passage_of_its_own(tree: Tree) -> None:
    passages = cut(
        tree,
        line("Règle.") + f"<Attention><Titre>Attention</Titre>{line('Exception.')}</Attention>",
    )
    assert [(passage.kind, passage.text) for passage in passages] == [
        ("section", "Règle."),
        ("callout", "Attention\nException."),
    ]


def test_a_long_text_is_cut_between_paragraphs(tree: Tree) -> None:
    paragraphs = [f"Phrase {number} " + "x" * 200 for number in range(12)]
    passages = cut(tree, "".join(map(line, paragraphs)))
    assert len(passages) > 1
    assert "\n".join(passage.text for passage in passages).split("\n") == paragraphs
    assert all(len(passage.text) < TARGET_CHARS + 450 for passage in passages)


def test_items_of_a_nested_list_keep_their_depth(tree: Tree) -> None:
    inner = f"<Liste><Item>{line('dedans')}</Item></Liste>"
    (passage,) = cut(tree, f'<Liste type="numero"><Item>{line("un")}{inner}</Item></Liste>')
    assert passage.text == "1. un\n  - dedans"


def test_passage_ids_are_unique_and_in_reading_order(snapshot: Snapshot) -> None:
    for fiche_id in snapshot.ids:
        found = [passage.id for passage in snapshot.passages(fiche_id)]
        assert found == [f"{fiche_id}#{number}" for number in range(len(found))]


def test_nothing_of_the_small_corpus_is_lost() -> None:
    result = Coverage()
    for document in open_archive(CORPUS).documents():
        if document.id.startswith("F"):
            fiche = parse_fiche(document.root, document.audience)
            measure(document.root, fiche, list(passages_of(fiche)), result)
    assert result.lost == []
    assert result.share() == 1.0
    assert result.contacts == result.contacts_kept > 50
    assert result.services == result.services_kept > 30


def test_coverage_sees_what_is_lost(tree: Tree) -> None:
    root = tree(f"<Texte>{line('Gardé.')}{line('Perdu.')}</Texte>")
    fiche = parse_fiche(root, "particuliers")
    kept = passages_of(fiche)[0].model_copy(update={"text": "Gardé."})
    result = Coverage()
    measure(root, fiche, [kept], result)
    assert result.lost == ["F1 : Perdu."]
    assert result.share() == 0.5
    assert not result.holds()


def test_a_passage_names_only_contacts_and_services_of_its_fiche(snapshot: Snapshot) -> None:
    for fiche_id in snapshot.ids:
        fiche = snapshot.fiche(fiche_id)
        for passage in snapshot.passages(fiche_id):
            assert all(index < len(fiche.contacts) for index in passage.contacts)
            assert all(index < len(fiche.services) for index in passage.services)

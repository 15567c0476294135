"""Case trees: every passage knows its branches, and text under another case is found out."""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element

from tests.conftest import CORPUS
from vectorstore.archive import open_archive
from vectorstore.coverage import Trees
from vectorstore.parse import parse_fiche
from vectorstore.passages import CaseTree, case_tree, passages_of

Tree = Callable[..., _Element]


def case(title: str, body: str) -> str:
    return f"<Cas><Titre>{title}</Titre>{body}</Cas>"


def line(text: str) -> str:
    return f"<Paragraphe>{text}</Paragraphe>"


def grown(tree: Tree, body: str) -> CaseTree:
    return case_tree(parse_fiche(tree(f"<Texte>{body}</Texte>"), "particuliers"))


def test_a_passage_knows_the_branches_around_it(tree: Tree) -> None:
    inner = f"<BlocCas>{case('Seul', line('Un.'))}{case('En couple', line('Deux.'))}</BlocCas>"
    found = grown(
        tree, f"<BlocCas>{case('Adulte', inner)}{case('Mineur', line('Trois.'))}</BlocCas>"
    )
    assert [branch.title for branch in found.branches] == ["Adulte", "Seul", "En couple", "Mineur"]
    assert found.places == (((0, 1),), ((0, 2),), ((3,),))
    assert found.depth() == 2


def test_a_block_repeated_in_two_cases_stands_in_both_branches(tree: Tree) -> None:
    body = f"<BlocCas>{case('Vide', line('Pareil.'))}{case('Meublé', line('Pareil.'))}</BlocCas>"
    assert grown(tree, body).places == (((0,), (1,)),)


def test_two_groups_of_equal_titles_are_told_apart(tree: Tree) -> None:
    group = f"<BlocCas>{case('Cas général', line('A.'))}{case('À Paris', line('B.'))}</BlocCas>"
    other = f"<BlocCas>{case('Cas général', line('C.'))}{case('À Paris', line('D.'))}</BlocCas>"
    found = grown(tree, group + line("Entre les deux.") + other)
    assert {branch.group for branch in found.branches} == {0, 1}
    assert len({place for places in found.places for place in places}) == 5


def test_chapters_that_are_alternatives_by_their_titles_are_branches(tree: Tree) -> None:
    body = "".join(
        f"<Chapitre><Titre><Paragraphe>{title}</Paragraphe></Titre>{line(title)}</Chapitre>"
        for title in ("Avant 53 ans", "À partir de 53 ans", "Recours")
    )
    found = grown(tree, body)
    assert [branch.title for branch in found.branches] == ["Avant 53 ans", "À partir de 53 ans"]
    assert found.groups[0].level == "chapitre"


def test_no_text_of_the_corpus_stands_under_another_case() -> None:
    trees = Trees()
    for document in open_archive(CORPUS).documents():
        if document.id.startswith("F"):
            fiche = parse_fiche(document.root, document.audience)
            trees.check(document.root, fiche, list(passages_of(fiche)))
            trees.grow(fiche)
    assert trees.violations == []
    assert trees.lines > 100
    assert trees.branches > 50


def test_text_moved_under_another_case_is_found_out() -> None:
    trees = Trees()
    document = next(d for d in open_archive(CORPUS).documents() if d.id == "F1168")
    fiche = parse_fiche(document.root, document.audience)
    passages = list(passages_of(fiche))
    number = next(n for n, p in enumerate(passages) if p.cases[0][:1] == ("Logement meublé",))
    moved = passages[number].model_copy(update={"cases": (("Logement vide",),)})
    trees.check(document.root, fiche, [moved])
    assert trees.violations

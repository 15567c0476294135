"""Mutated documents, from the bytes to the passages and back: an answer or a clear error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml.etree import _Element

from tests.fuzz.bounds import held, no_growth
from tests.fuzz.mutations import mutated_json, mutated_xml
from vectorstore.archive import Archive, Document
from vectorstore.build import read_corpus
from vectorstore.errors import SouffleurError
from vectorstore.fiche import Fiche
from vectorstore.indexing import Corpus, aliases, field_texts, mentions, names_of, vector_texts
from vectorstore.passages import case_tree, passages_of
from vectorstore.snapshot import to_json
from vectorstore.trees import tree_from_json, tree_from_xml

pytestmark = pytest.mark.slow

COUNTS = [
    pytest.param(500, id="500"),
    pytest.param(10_000, id="10,000", marks=pytest.mark.soak),
]


def read(name: str, tree: _Element) -> Corpus:
    """The one document as ``build`` reads and indexes it, and as a reader opens it again."""

    def walk(_archive: Archive) -> Iterator[Document]:
        yield Document(name.split(".")[0], "particuliers", tree, f"essai!{name}")

    corpus = read_corpus(Archive(Path("essai"), "essai", 1, walk), lambda *_: None)
    found, _ = aliases(corpus), mentions(corpus)
    for fiche in corpus.fiches.values():
        passages = passages_of(fiche)
        case_tree(fiche)
        names = names_of(fiche, found.get(fiche.id, ()), ())
        assert field_texts(fiche, passages, names, ())["title"] == fiche.title
        assert list(vector_texts(fiche, passages, "passages"))
        assert Fiche.model_validate_json(to_json(fiche)) == fiche
    return corpus


@pytest.mark.parametrize("count", COUNTS)
def test_a_mutated_xml_document_is_read_or_refused(count: int) -> None:
    outcomes = {True: 0, False: 0}
    with no_growth(count) as seen:
        for number, (name, data) in enumerate(mutated_xml(count)):
            result = held(lambda: read(name, tree_from_xml(data, f"essai!{name}")))  # noqa: B023
            outcomes[isinstance(result, SouffleurError)] += 1
            if isinstance(result, SouffleurError):
                assert "essai" in str(result)
            seen(number)
    assert min(outcomes.values()) > count / 10, outcomes


@pytest.mark.parametrize("count", COUNTS)
def test_a_mutated_json_document_is_read_or_refused(count: int) -> None:
    outcomes = {True: 0, False: 0}
    with no_growth(count) as seen:
        for number, (name, data) in enumerate(mutated_json(count)):
            result = held(lambda: read(name, tree_from_json(data, f"essai!{name}")))  # noqa: B023
            outcomes[isinstance(result, SouffleurError)] += 1
            if isinstance(result, SouffleurError):
                assert "essai" in str(result)
            seen(number)
    assert min(outcomes.values()) > count / 10, outcomes

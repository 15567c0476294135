from __future__ import annotations

from langchain_core.embeddings import Embeddings

from vectorstore.embeddings import RecentQueries


class _Counting(Embeddings):
    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[1.0] for _ in texts]

    def embed_query(self, text: str) -> list[float]:
        self.asked.append(text)
        return [float(len(text))]


def test_a_question_asked_twice_in_one_turn_is_embedded_once() -> None:
    inner = _Counting()
    recent = RecentQueries(inner)
    assert recent.embed_query("passeport") == recent.embed_query("passeport")
    assert inner.asked == ["passeport"]


def test_only_the_last_questions_are_kept() -> None:
    inner = _Counting()
    recent = RecentQueries(inner, kept=2)
    for question in ("a", "b", "c", "a"):
        recent.embed_query(question)
    assert inner.asked == ["a", "b", "c", "a"]

"""What an assistant is made of, opened as the settings say: search, understanding, composer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from assistant.continuing import Continuity
from assistant.question import Understanding, right_words
from assistant.settings import Settings
from assistant.unit_reader import UnitReader
from vectorstore.embeddings import build_embeddings, model_name
from vectorstore.search import Search
from vectorstore.snapshot import Snapshot
from vectorstore.vocabulary import Vocabulary

if TYPE_CHECKING:
    from assistant.improve import Improver


def open_search(settings: Settings) -> Search:
    """The search over the snapshot in use, with the embeddings that the settings name.

    From then on this process reckons with matrices on one core at a time: those of a question are
    small, and threads that wait for each other cost more than they bring.
    """
    threadpool_limits(limits=1, user_api="blas")
    base_url, model = settings.embedding_base_url, settings.embedding_model
    snapshot = Snapshot.open(settings.home)
    return Search(
        snapshot,
        build_embeddings(base_url, model, settings.embedding_api_key, None),
        model_name(base_url, model),
        settings.chroma_url,
        reader=UnitReader(snapshot),
    )


def open_improver(settings: Settings, snapshot: Snapshot) -> Improver | None:
    """The model composer that the settings name; without one nothing of it is loaded."""
    if not settings.answer.model:
        return None
    from assistant.improve import Improver

    return Improver.open(settings, snapshot)


def open_understanding(snapshot: Snapshot, settings: Settings) -> Understanding:
    """The understanding of questions in the words of a snapshot."""
    vocabulary = Vocabulary.open(snapshot.folder, right_words())
    return Understanding(vocabulary, settings.question_max_chars, Continuity(snapshot.lexical))


def embeddings_cache(settings: Settings) -> Path:
    return settings.cache_dir / "embeddings.sqlite"

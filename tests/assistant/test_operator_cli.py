"""What an administrator and the QA team do from the terminal, on a home of their own."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings

from assistant import cli
from assistant.journal import Journal
from assistant.settings import Settings, load_settings
from tests.conftest import CORPUS, silent
from vectorstore.build import build
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.snapshot import current_folder
from vectorstore.sources import Fetched

pytestmark = pytest.mark.slow

Run = Callable[..., tuple[int, str, str]]
QUESTION = "combien coûte un passeport pour un adulte"
SOON = (date.today() + timedelta(days=30)).isoformat()


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory, embeddings: Embeddings) -> Path:
    """A home with two corpora: in the newer one, one fiche has changed."""
    home = tmp_path_factory.mktemp("terminal")
    newer = home / "newer"
    shutil.copytree(CORPUS, newer)
    fiche = newer / "part" / "F14929.xml"
    fiche.write_text(fiche.read_text("utf-8").replace("86", "96"), "utf-8")
    for name, folder in (("demo", CORPUS), ("path", newer)):
        build(
            home, Fetched(name, folder, name, name, ""), embeddings, EMBEDDED_MODEL, "heads", silent
        )
    return home


@pytest.fixture
def run(
    corpora: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """``run(*arguments)`` gives the exit status, standard output and standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("SOUFFLEUR_HOME", str(corpora))
        monkeypatch.setattr(sys, "argv", ["souffleur", *arguments])
        load_settings.cache_clear()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    yield call
    load_settings.cache_clear()


def snapshots(run: Run) -> dict[bool, str]:
    """In use or not -> the snapshot's name."""
    _, out, _ = run("snapshots", "--json")
    return {record["in_use"]: record["id"] for record in json.loads(out)["snapshots"]}


def audits(home: Path) -> list[tuple[str, str]]:
    journal = Journal.open(Settings(home=home))
    found = [(act.act, act.details) for act in journal.audits()]
    journal.close()
    return found


def test_an_earlier_corpus_is_put_in_use_and_the_act_is_kept(run: Run, corpora: Path) -> None:
    names = snapshots(run)
    status, out, _ = run("snapshots", "--use", names[False])
    assert status == 0
    assert names[False] in out
    assert current_folder(corpora).name == names[False]
    assert audits(corpora)[0] == ("snapshot", f"{names[True]} → {names[False]}")
    run("snapshots", "--use", names[True])


def test_what_changed_since_an_earlier_corpus_is_listed(run: Run) -> None:
    names = snapshots(run)
    _, out, _ = run("snapshots", "--diff", names[False], "--json")
    found = json.loads(out)
    assert [page["id"] for page in found["changed"]] == ["F14929"]
    assert found["added"] == found["removed"] == []
    status, out, _ = run("snapshots", "--diff", names[False])
    assert status == 0
    assert "1 fiches modifiées" in out


def test_the_gold_items_that_a_change_touched_are_listed(run: Run) -> None:
    names = snapshots(run)
    status, out, _ = run("evals", "review", names[False], "--json")
    assert status == 0
    assert all(record["fiches"] == ["F14929"] for record in json.loads(out)["to_review"])


def test_an_unknown_corpus_is_refused_in_one_line(run: Run) -> None:
    status, out, err = run("snapshots", "--use", "2000-01-01-absent")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "corpus présents" in err


def test_the_model_is_turned_off_and_on_from_the_terminal(run: Run, corpora: Path) -> None:
    assert json.loads(run("switch", "model", "off", "--json")[1]) == {"model": False}
    assert audits(corpora)[0] == ("switch", "model off")
    assert json.loads(run("switch", "model", "on", "--json")[1]) == {"model": True}
    assert run("switch", "modele", "off")[0] == 2


def test_a_fixed_answer_is_approved_said_and_withdrawn_from_the_terminal(run: Run) -> None:
    say = "Le passeport d'un adulte coûte 96 euros."
    arguments = ("curated", "approve", QUESTION, "--fiche", "F14929", "--until", SOON, "--say")
    status, _, err = run(*arguments, "Le passeport d'un adulte coûte 97 euros.")
    assert status == 2
    assert "97 euros" in err
    assert run(*arguments, say)[0] == 0
    card = json.loads(run("ask", QUESTION, "--json")[1])
    assert (card["mode"], card["say"]) == ("curated", say)
    [answer] = json.loads(run("curated", "list", "--json")[1])["curated"]
    assert run("curated", "withdraw", answer["id"][:8])[0] == 0
    assert json.loads(run("ask", QUESTION, "--json")[1])["mode"] == "extractive"


def test_a_fixed_answer_goes_up_for_review_when_its_corpus_is_replaced(run: Run) -> None:
    names = snapshots(run)
    say = "Le passeport d'un adulte coûte 96 euros."
    run("curated", "approve", QUESTION, "--fiche", "F14929", "--until", SOON, "--say", say)
    run("snapshots", "--use", names[False])
    status, out, _ = run("curated", "review")
    assert status == 0
    assert "1 réponse(s) à revoir" in out
    run("snapshots", "--use", names[True])

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant import cli
from assistant.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    souffleur_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """``run(*arguments)`` gives the exit status, standard output and standard error."""

    def call(*arguments: str, home: Path = souffleur_home) -> tuple[int, str, str]:
        monkeypatch.setenv("SOUFFLEUR_HOME", str(home))
        monkeypatch.setattr(sys, "argv", ["souffleur", *arguments])
        load_settings.cache_clear()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    yield call
    load_settings.cache_clear()


@pytest.mark.parametrize(
    "arguments", [("ask", "passeport"), ("status",), ("search", "passeport"), ("fiche", "F14929")]
)
def test_without_a_corpus_one_line_says_to_run_sync(
    run: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    status, out, err = run(*arguments, home=tmp_path)
    assert status == 1
    assert out == ""
    assert err.count("\n") == 1
    assert "souffleur sync" in err


def test_without_a_corpus_the_installed_command_shows_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "ask", "passeport"],
        env={**os.environ, "SOUFFLEUR_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_question_exits_with_status_2(run: Run) -> None:
    status, out, err = run("ask", "  ")
    assert (status, out) == (2, "")
    assert "La question est vide" in err
    assert err.count("\n") == 1


def test_an_unknown_fiche_exits_with_status_2(run: Run) -> None:
    status, out, err = run("fiche", "F99999999")
    assert (status, out) == (2, "")
    assert "F99999999" in err


def test_a_missing_argument_exits_with_status_2(run: Run) -> None:
    assert run("ask")[0] == 2


def test_an_unknown_source_exits_with_status_2(run: Run, tmp_path: Path) -> None:
    status, _, err = run("sync", "--source", str(tmp_path / "nulle-part"), home=tmp_path)
    assert status == 2
    assert "nulle-part" in err


def test_ask_prints_what_to_say_and_its_sources(run: Run) -> None:
    status, out, _ = run("ask", "Combien coûte un Pacs ?")
    assert status == 0
    assert "[1] F" in out


def test_ask_json_prints_one_card(run: Run) -> None:
    status, out, _ = run("ask", "Combien coûte un Pacs ?", "--json")
    assert status == 0
    assert json.loads(out)["question"] == "Combien coûte un Pacs ?"


def test_ask_takes_the_history_of_the_call(run: Run) -> None:
    _, out, _ = run("ask", "et pour ma fille ?", "--history", "Coût d'un passeport", "--json")
    assert "passeport" in json.loads(out)["standalone_question"]


def test_route_prints_the_label_and_the_script(run: Run) -> None:
    status, out, _ = run("route", "Mon mari me frappe")
    assert status == 0
    assert out.startswith("urgence")
    assert "3919" in out


def test_search_gives_as_many_fiches_as_asked(run: Run) -> None:
    _, out, _ = run("search", "carte d'identité perdue", "-k", "3", "--json")
    hits = json.loads(out)["hits"]
    assert len(hits) == 3
    assert {"fiche", "title", "score", "passages"} <= set(hits[0])


def test_fiche_prints_the_fiche_and_its_passages(run: Run) -> None:
    status, out, _ = run("fiche", "F14929")
    assert status == 0
    assert out.startswith("Passeport d'un adulte")
    assert "##" in out


def test_status_says_how_old_the_corpus_is(run: Run) -> None:
    status, out, _ = run("status")
    assert status == 0
    assert "DONNÉES ANCIENNES" in out

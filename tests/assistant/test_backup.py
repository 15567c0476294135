"""Backup and restore in one command each; older data directories come up to date by themselves."""

from __future__ import annotations

import io
import json
import sqlite3
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings
from typer.testing import CliRunner

from assistant import settings as settings_module
from assistant.backup import BackupError, backup, restore
from assistant.card import Card
from assistant.cli import app
from assistant.journal import Journal
from assistant.settings import Settings
from tests.conftest import CORPUS, silent
from vectorstore.build import build
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.errors import SnapshotError, UsageError
from vectorstore.snapshot import MANIFEST, Snapshot, current_folder
from vectorstore.sources import Fetched

OLDER = Path(__file__).parents[1] / "fixtures" / "older-home"


def rows_of(journal: Journal, path: Path) -> list[dict[str, object]]:
    """The journal's rows, without the order of arrival that a database counts for itself."""
    journal.export(path)
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row in rows:
        del row["number"]
    return rows


def filled(settings: Settings) -> Journal:
    """A journal with something in every table, and files of settings beside it."""
    journal = Journal.open(settings)
    call = journal.start_call("jeanne")
    card = Card(question="dahu", standalone_question="dahu", abstained=True, snapshot="2020-abc")
    turn = journal.record_turn(call, card)
    report = journal.report(turn, "down", ["faux"], "à revoir")
    journal.decide(report, "wrong", "qa")
    journal.end_call(call, "no_answer")
    journal.audit("qa", "gold_edited")
    (settings.home / "gold").mkdir()
    (settings.home / "gold" / "qualite.jsonl").write_text('{"id": "x"}\n', "utf-8")
    (settings.home / "roles.yaml").write_text("agent: [a@b.fr]\n", "utf-8")
    (settings.home / "snapshots" / "2020-abc").mkdir(parents=True)
    (settings.home / "snapshots" / "2020-abc" / "grand").write_text("x", "utf-8")
    return journal


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=f"sqlite:///{tmp_path / 'home' / 'j.db'}")


@pytest.fixture
def other(tmp_path: Path, database: str) -> Settings:
    return Settings(home=tmp_path / "other", database_url=database)


@pytest.fixture
def journal(settings: Settings) -> Iterator[Journal]:
    journal = filled(settings)
    yield journal
    journal.close()


def test_a_restored_installation_has_the_same_journal_gold_and_settings(
    settings: Settings, journal: Journal, other: Settings, tmp_path: Path
) -> None:
    env, file = tmp_path / "env", tmp_path / "sauvegarde.tar.gz"
    env.write_text("SOUFFLEUR_OLD_AFTER_DAYS=30\n", "utf-8")
    count = backup(settings, journal, file, env)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    fresh = Journal.open(other)
    result = restore(other, fresh, file, env=tmp_path / "env-neuf")
    assert result.rows == count == 7
    assert rows_of(fresh, tmp_path / "a") == rows_of(journal, tmp_path / "b")
    assert (tmp_path / "env-neuf").read_text("utf-8") == env.read_text("utf-8")
    for name in ("gold/qualite.jsonl", "roles.yaml", "journal.key"):
        assert (other.home / name).read_bytes() == (settings.home / name).read_bytes()
    assert not (other.home / "snapshots").exists()
    assert fresh.pseudonym("jeanne") == journal.pseudonym("jeanne")
    fresh.record_turn(fresh.start_call(), Card(question="x", standalone_question="x"))
    fresh.close()


def test_a_journal_that_is_not_empty_is_replaced_only_on_demand_and_kept_aside(
    settings: Settings, journal: Journal, other: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "sauvegarde.tar.gz"
    backup(settings, journal, file, tmp_path / "env")
    fresh = Journal.open(other)
    own = fresh.start_call()
    with pytest.raises(UsageError, match="--replace"):
        restore(other, fresh, file, env=tmp_path / "env")
    result = restore(other, fresh, file, replace=True, env=tmp_path / "env")
    assert rows_of(fresh, tmp_path / "a") == rows_of(journal, tmp_path / "b")
    assert result.before is not None
    restore(other, fresh, result.before, replace=True, env=tmp_path / "env")
    assert fresh.call(own).turns == ()
    fresh.close()


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as made:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return path


EMPTY = {"manifest.json": b'{"format": 1, "made_at": "x", "rows": 0}', "journal.jsonl": b""}


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, "pas une sauvegarde"),
        (EMPTY | {"manifest.json": b'{"format": 9}'}, "format 9"),
        (EMPTY | {"manifest.json": b'{"format": 1, "made_at": "x", "rows": 2}'}, "incomplète"),
        (EMPTY | {"home/../../fuite": b"x"}, "n'a rien à faire"),
        (EMPTY | {"/etc/fuite": b"x"}, "n'a rien à faire"),
        (EMPTY | {"autre/fuite": b"x"}, "n'a rien à faire"),
    ],
)
def test_a_file_that_is_no_backup_changes_nothing(
    settings: Settings, tmp_path: Path, members: dict[str, bytes], words: str
) -> None:
    journal = Journal.open(settings)
    before = sorted(tmp_path.rglob("*"))
    file = archive(tmp_path / "autre.tar.gz", members)
    with pytest.raises(BackupError, match=words):
        restore(settings, journal, file, env=tmp_path / "env")
    assert sorted(tmp_path.rglob("*")) == sorted([*before, file])
    journal.close()


def test_any_cut_of_a_backup_is_refused(
    settings: Settings, journal: Journal, tmp_path: Path
) -> None:
    file = tmp_path / "s.tar.gz"
    backup(settings, journal, file, tmp_path / "env")
    whole = file.read_bytes()
    for size in range(0, len(whole) - 8, 97):
        file.write_bytes(whole[:size])
        with pytest.raises(BackupError):
            restore(settings, journal, file, replace=True, env=tmp_path / "env")


def test_the_commands_back_up_restore_export_and_purge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOUFFLEUR_HOME", str(tmp_path / "home"))
    settings_module.load_settings.cache_clear()
    filled(Settings(home=tmp_path / "home")).close()

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        return result.output

    assert "7 enregistrements" in run("backup", "s.tar.gz")
    assert "7 enregistrements" in run("journal", "export", "j.jsonl")
    assert "1 appels de plus de 0 jours" in run("journal", "purge", "--days", "0")
    assert "Restauré : 7" in run("restore", "s.tar.gz", "--replace")
    assert len((tmp_path / "j.jsonl").read_text("utf-8").splitlines()) == 7
    settings_module.load_settings.cache_clear()


def test_purged_text_is_in_no_file(tmp_path: Path) -> None:
    journal = Journal.open(Settings(home=tmp_path))
    card = Card(question="chasse au dahu", standalone_question="chasse au dahu")
    journal.record_turn(journal.start_call(), card)
    assert any(b"dahu" in file.read_bytes() for file in tmp_path.glob("journal*"))
    journal.purge(0)
    assert not any(b"dahu" in file.read_bytes() for file in tmp_path.glob("journal*"))
    journal.close()


# An older data directory


@pytest.fixture
def older_home(tmp_path: Path) -> Path:
    """A data directory of the first schema, from the stored sample."""
    home = tmp_path / "older"
    home.mkdir()
    with sqlite3.connect(home / "journal.sqlite") as connection:
        connection.executescript((OLDER / "journal.sql").read_text("utf-8"))
    return home


def test_an_older_journal_is_brought_up_to_date_with_all_it_held(older_home: Path) -> None:
    journal = Journal.open(Settings(home=older_home))
    assert not journal.degraded
    (entry,) = journal.queue()
    assert entry.question == "combien coûte un passeport"
    assert entry.card.sources[0].fiche == "F14929"
    assert [turn.card.question for turn in journal.call(entry.call).turns] == [
        "combien coûte un passeport",
        "et pour un mineur",
    ]
    assert [answer.fiche for answer in journal.curated("in_use")] == ["F14929"]
    with sqlite3.connect(older_home / "journal.sqlite") as connection:
        found = connection.execute("SELECT DISTINCT snapshot FROM turns").fetchall()
    assert found == [("2020-11-12-abcdef01",)]
    journal.record_turn(entry.call, Card(question="x", standalone_question="x"))
    journal.close()


def test_todays_schema_is_what_the_migrations_make(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    from assistant.journal_tables import Table

    Journal.open(Settings(home=tmp_path)).close()
    with create_engine(f"sqlite:///{tmp_path / 'journal.sqlite'}").connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Table.metadata) == []


@pytest.mark.slow
def test_an_older_snapshot_is_refused_with_its_remedy_and_made_again_by_sync(
    tmp_path: Path, embeddings: Embeddings
) -> None:
    fetched = Fetched("demo", CORPUS, "corpus de démonstration", "demo", "")
    build(tmp_path, fetched, embeddings, EMBEDDED_MODEL, "heads", silent)
    manifest = current_folder(tmp_path) / MANIFEST
    record = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps({**record, "format": record["format"] - 1}), "utf-8")
    with pytest.raises(SnapshotError, match="relancer « souffleur sync »"):
        Snapshot.open(tmp_path)
    result = build(tmp_path, fetched, embeddings, EMBEDDED_MODEL, "heads", silent)
    assert result.built
    assert len(Snapshot.open(tmp_path).position) == record["counts"]["fiches"]

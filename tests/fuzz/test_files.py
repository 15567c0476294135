"""Gold files, foreign files, settings and directory rows, mutated: right, or one clear line."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest

from assistant.settings import Settings, load_settings
from evals.gold import GoldError, GoldSet, load_gold
from evals.importers import FORMATS, import_items
from tests.directory_files import OFFICIAL_SAMPLE
from tests.fuzz.bounds import held, no_growth
from tests.fuzz.mutations import mutated_value
from tests.security.hostile import hostile_strings
from vectorstore.directory_records import OfficeRecord, official_records
from vectorstore.errors import ArchiveError, SouffleurError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
GOLD = [json.loads(line) for line in (ROOT / "tests/fixtures/gold-demo.jsonl").open("rb")]
STRANGE_BYTES = (
    b"\xff\xfe",
    b"\x00",
    b"\xed\xa0\x80",
    b"{",
    b'"',
    b"\\u",
    b"9" * 5000,
    b"[" * 5000,
)


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """The same bytes with one strange piece put in or some cut out."""
    at = chance.randrange(len(data) + 1)
    if chance.random() < 0.3:
        return data[:at] + data[at + chance.randrange(50) :]
    return data[:at] + chance.choice(STRANGE_BYTES) + data[at:]


def test_a_mutated_gold_file_is_read_or_refused_with_its_line(tmp_path: Path) -> None:
    chance, path, count = random.Random(1), tmp_path / "g.jsonl", 2000
    refused = 0
    with no_growth(count) as seen:
        for number in range(count):
            items = json.loads(json.dumps(chance.sample(GOLD, min(3, len(GOLD)))))
            lines = [json.dumps(mutated_value(item, chance)) for item in items]
            data = "\n".join(lines).encode()
            path.write_bytes(spoilt(data, chance) if chance.random() < 0.4 else data)
            result = held(lambda: load_gold([path]))
            assert isinstance(result, GoldSet | GoldError)
            if isinstance(result, SouffleurError):
                refused += 1
                assert "g.jsonl" in str(result)
            seen(number)
    assert refused > count / 10


def test_hostile_texts_in_a_gold_file_are_kept_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    for number, text in enumerate(hostile_strings(2_000)):
        path.write_text(json.dumps({"id": f"q{number}", "question": text, "answer": text}))
        result = held(lambda: load_gold([path]))
        if isinstance(result, GoldSet):
            assert result.items[0].question == text


@pytest.mark.parametrize("kind", FORMATS)
def test_a_foreign_file_of_any_content_is_read_or_refused(tmp_path: Path, kind: str) -> None:
    chance, path = random.Random(2), tmp_path / f"f.{kind}"
    squad = {"data": [{"title": "F1", "paragraphs": [{"qas": [{"id": "a", "question": "b"}]}]}]}
    csv = 'id;question;fiches\n1;Quel délai ?;F1|F2\n2;"Un\nautre";F3\n'
    for text in hostile_strings(700):
        if kind == "squad":
            data = json.dumps(mutated_value(json.loads(json.dumps(squad)), chance)).encode()
        elif kind == "csv":
            data = csv.replace("Quel", text).encode("utf-8", "surrogatepass")
        else:
            data = json.dumps(mutated_value({"id": 1, "question": text}, chance)).encode()
        path.write_bytes(spoilt(data, chance) if chance.random() < 0.4 else data)
        held(lambda: import_items(path, kind, {}))  # type: ignore[arg-type]


VARIABLES = [
    *(f"SOUFFLEUR_{name.upper()}" for name in Settings.model_fields if name != "home"),
    "CHROMA_URL",
    "DATABASE_URL",
    "SOUFFLEUR_ANSWER_BASE_URL",
    "SOUFFLEUR_ANSWER_API_KEY",
    "SOUFFLEUR_ANSWER_DEADLINE_S",
    "SOUFFLEUR_REWRITE_RETRIES",
]
VALUES = [
    "",
    " ",
    "-1",
    "0",
    "1e999",
    "nan",
    "9" * 5000,
    "vrai",
    "{",
    '{"model": 5}',
    "[]",
    "null",
    "http://",
    "http://[",
    "javascript:alert(1)",
    "http://a:b@c/",
    "é" * 3000,
    "\udcff",
    "../..",
]


@pytest.fixture
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in [*VARIABLES, "SOUFFLEUR_HOME"]:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_setting_of_any_value_is_read_or_refused_by_its_name(
    own_environment: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    chance = random.Random(3)
    for name in VARIABLES:
        for value in [*VALUES, *chance.sample(hostile_strings(300), 10)]:
            if "\x00" in value or (
                where == "file" and "\ud800" <= max(value, default="") <= "\udfff"
            ):
                continue
            if where == "environment":
                try:
                    own_environment.setenv(name, value)
                except (UnicodeEncodeError, ValueError):
                    continue
            else:
                Path(".env").write_text(f"{name}={value}\n", "utf-8")
            load_settings.cache_clear()
            result = held(load_settings)
            if isinstance(result, SouffleurError):
                assert name in str(result) or name.removeprefix("SOUFFLEUR_").lower() in str(result)
        own_environment.delenv(name, raising=False)
    load_settings.cache_clear()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"=", b"SOUFFLEUR_VECTORS", b"\x00" * 99])
def test_an_env_file_that_is_none_is_read_or_refused(
    own_environment: pytest.MonkeyPatch, content: bytes
) -> None:
    Path(".env").write_bytes(content)
    load_settings.cache_clear()
    held(load_settings)
    load_settings.cache_clear()


def test_a_mutated_office_is_read_or_refused_with_its_number() -> None:
    chance, count = random.Random(5), 2000
    services = json.loads(OFFICIAL_SAMPLE.read_text("utf-8"))["service"]
    refused = 0
    with no_growth(count) as seen:
        for number in range(count):
            one = mutated_value(json.loads(json.dumps(chance.choice(services))), chance)
            data = json.dumps({"service": [one]}).encode()
            if chance.random() < 0.3:
                data = spoilt(data, chance)
            result = held(lambda: list(official_records(io.BytesIO(data), "essai.json")))  # noqa: B023
            if isinstance(result, SouffleurError):
                refused += 1
                assert isinstance(result, ArchiveError)
                assert "essai.json" in str(result)
            else:
                assert all(isinstance(record, OfficeRecord) for record in result)
            seen(number)
    assert refused > count / 20

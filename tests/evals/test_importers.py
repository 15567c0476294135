from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.gold import GoldError, load_gold
from evals.importers import import_items, parse_mapping, write_items
from vectorstore.errors import UsageError


def test_csv_of_a_french_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "cira.csv"
    path.write_bytes(
        "Numéro;Libellé;Fiches;Faits;Thème\r\n"
        "12;Où refaire ma carte d’identité ?;F1|F2;86 €;86 euros|mairie;papiers\r\n".replace(
            "86 €;86 euros|mairie", '"86 €;86 euros|mairie"'
        ).encode("cp1252")
    )
    mapping = parse_mapping(
        ["Numéro=id", "Libellé=question", "Fiches=fiches", "Faits=facts", "Thème=tags"]
    )
    item = import_items(path, "csv", mapping)[0]
    assert (item.id, item.question) == ("12", "Où refaire ma carte d’identité ?")
    assert (item.fiches, item.tags) == (["F1", "F2"], ["papiers"])
    assert item.facts == [["86 €", "86 euros"], ["mairie"]]


def test_ids_are_made_where_there_are_none(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("question\nune ?\ndeux ?\n", "utf-8")
    assert [item.id for item in import_items(path, "csv", {})] == ["q-0001", "q-0002"]


def test_json_lines_with_other_names(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    rows = [{"q": "une ?", "urls": ["F1"]}, {"q": "deux ?", "urls": '["F2", "F3"]'}]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    items = import_items(path, "jsonl", parse_mapping(["q=question", "urls=fiches"]))
    assert [item.fiches for item in items] == [["F1"], ["F2", "F3"]]


def test_squad_takes_questions_answers_and_the_fiche_of_the_title(tmp_path: Path) -> None:
    qas = [{"id": 7, "question": "Combien ?", "answers": [{"text": "86 €", "answer_start": 3}]}]
    data = {"data": [{"title": "F1", "paragraphs": [{"context": "le 86 €", "qas": qas}]}]}
    path = tmp_path / "piaf.json"
    path.write_text(json.dumps(data), "utf-8")
    item = import_items(path, "squad", {})[0]
    assert (item.id, item.fiches, item.answer) == ("7", ["F1"], "86 €")
    mapping = parse_mapping(["question=question", "answer=answer", "answer=facts"])
    assert import_items(path, "squad", mapping)[0].facts == [["86 €"]]


def test_what_is_imported_loads_as_a_gold_file(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("question,fiches\nune ?,F1|F2\n", "utf-8")
    items = import_items(path, "csv", {})
    write_items(items, tmp_path / "out" / "gold.jsonl")
    assert list(load_gold([tmp_path / "out" / "gold.jsonl"]).items) == items


@pytest.mark.parametrize(
    ("kind", "content", "mapping", "said"),
    [
        ("csv", "question,route\nune ?,impots\n", [], r"q\.x:2 : « route » vaut « impots »"),
        ("csv", "question\nune ?,deux\n", [], r"q\.x:2 : plus de cellules"),
        ("csv", "titre\nune\n", [], "--map colonne=question"),
        ("csv", "titre\nune\n", ["nom=question"], "pas de colonne « nom »"),
        ("csv", "question\n", [], "aucune question"),
        ("csv", "id,question\na,une\na,deux\n", [], "existe déjà"),
        ("jsonl", '{"question": "une"}\n{', [], r"q\.x:2 : JSON invalide"),
        ("jsonl", "[]", [], r"q\.x:1 : un objet"),
        ("squad", '{"data": [{}]}', [], "pas un fichier SQuAD"),
        ("squad", "[]", [], "pas un fichier SQuAD"),
    ],
)
def test_an_error_names_the_file_and_the_row(
    tmp_path: Path, kind: str, content: str, mapping: list[str], said: str
) -> None:
    path = tmp_path / "q.x"
    path.write_text(content, "utf-8")
    with pytest.raises((GoldError, UsageError), match=said):
        import_items(path, kind, parse_mapping(mapping))


@pytest.mark.parametrize("pair", ["question", "=question", "Libellé=intitulé"])
def test_a_wrong_mapping_is_wrong_use(pair: str) -> None:
    with pytest.raises(UsageError, match="--map"):
        parse_mapping([pair])

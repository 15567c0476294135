from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evals.gold import GoldError, GoldItem, clusters, load_gold

GOOD = '{"id": "a", "question": "passeport perdu", "fiches": ["F1"]}'


def written(folder: Path, *lines: str) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "b", "question": "q", "fiche": ["F1"]}', "clé inconnue « fiche »"),
        ('{"id": "a", "question": "q"}', "l'id « a » existe déjà"),
        ('{"id": "b", "question": "q", "route": "impots"}', "« route » vaut « impots »"),
        ('{"id": "b"}', "clé obligatoire absente : « question »"),
        ('{"id": "b", "question": " "}', "« question »"),
        ('{"id": "b", "question": "q", "facts": ["86 €"]}', "« facts.0 »"),
        ('{"id": "b", "question": "q", "facts": [[]]}', "au moins une graphie"),
        ('{"id": "b", "question": "q", "as_of": "hier"}', "« as_of »"),
        ('{"id": "b", "question": "q", "forbidden": [""]}', "texte vide"),
        ('{"id": "b", ', "JSON invalide"),
        ("[1]", "un objet JSON est attendu"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, line: str, said: str) -> None:
    path = written(tmp_path, GOOD, "", line)
    with pytest.raises(GoldError) as caught:
        load_gold([path])
    assert str(caught.value).startswith(f"{path}:3 : ")
    assert said in str(caught.value)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path, "", "  ")
    with pytest.raises(GoldError, match="gold.jsonl:1 : fichier vide"):
        load_gold([path])


def test_an_id_repeated_in_another_file_is_an_error(tmp_path: Path) -> None:
    first = written(tmp_path, GOOD)
    second = tmp_path / "other.jsonl"
    second.write_text(GOOD, "utf-8")
    with pytest.raises(GoldError, match=r"other.jsonl:1 : .*gold.jsonl:1"):
        load_gold([first, second])


def test_a_missing_file_and_wrong_encoding_are_errors(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="introuvable"):
        load_gold([tmp_path / "none.jsonl"])
    path = tmp_path / "latin.jsonl"
    path.write_bytes('{"id": "a", "question": "é"}'.encode("latin-1"))
    with pytest.raises(GoldError, match="UTF-8"):
        load_gold([path])


def test_a_citizens_question_with_id_question_and_fiches_loads_as_it_is(tmp_path: Path) -> None:
    item = load_gold([written(tmp_path, GOOD)]).items[0]
    assert item.route is None
    assert item.fiches == ["F1"]


def test_a_folder_stands_for_its_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text('{"id": "2", "question": "q"}', "utf-8")
    (tmp_path / "a.jsonl").write_text('{"id": "1", "question": "q"}', "utf-8")
    assert [item.id for item in load_gold([tmp_path]).items] == ["1", "2"]


def test_an_unknown_tag_is_an_error_that_names_the_known_ones(tmp_path: Path) -> None:
    gold = load_gold([written(tmp_path, '{"id": "a", "question": "q", "tags": ["papiers"]}')])
    assert len(gold.with_tag("papiers").items) == 1
    with pytest.raises(GoldError, match="papiers"):
        gold.with_tag("papier")


def test_items_that_share_a_fiche_are_one_cluster(item_of: Callable[..., GoldItem]) -> None:
    found = clusters(
        [
            item_of(id="1", fiches=["F1", "F2"]),
            item_of(id="2", fiches=["F2", "F3"]),
            item_of(id="3", fiches=["F3"]),
            item_of(id="4", fiches=["F9"]),
            item_of(id="5"),
        ]
    )
    assert found["1"] == found["2"] == found["3"]
    assert len({found["1"], found["4"], found["5"]}) == 3

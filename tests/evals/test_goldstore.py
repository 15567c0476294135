from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from assistant.card import Card, Check, Source
from evals import goldstore
from evals.gold import GoldError, GoldItem
from evals.goldstore import (
    as_lines,
    check_item,
    installed_gold,
    is_team_item,
    mark_reviewed,
    new_id,
    prefilled,
    reviewed,
    save_item,
    touched,
)
from vectorstore.snapshot import Snapshot

TODAY = date(2020, 11, 9)
ITEM = GoldItem(
    id="qa-1",
    question="combien coûte un passeport pour un adulte",
    route="niveau1",
    fiches=["F14929"],
    facts=[["86 €", "86 euros"]],
    answer="Le passeport coûte 86 €.",
    as_of=TODAY,
)


@pytest.fixture(autouse=True)
def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose gold set has two items."""
    folder = tmp_path / "package"
    folder.mkdir()
    lines = [{"id": "a", "question": "un"}, {"id": "b", "question": "deux", "fiches": ["F1"]}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "base.jsonl").write_text(text, "utf-8")
    monkeypatch.setattr(goldstore, "PACKAGE_GOLD", folder)


def test_an_item_of_the_team_joins_the_packages(tmp_path: Path, snapshot: Snapshot) -> None:
    save_item(tmp_path, ITEM, snapshot, TODAY)
    gold = installed_gold(tmp_path)
    assert [item.id for item in gold.items] == ["a", "b", "qa-1"]
    assert is_team_item(gold, "qa-1")
    assert not is_team_item(gold, "a")


def test_an_edited_item_replaces_the_packages_and_the_package_is_not_touched(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    before = (goldstore.PACKAGE_GOLD / "base.jsonl").read_bytes()
    save_item(tmp_path, ITEM.model_copy(update={"id": "b"}), snapshot, TODAY)
    gold = installed_gold(tmp_path)
    assert [item.id for item in gold.items] == ["a", "b"]
    assert gold.items[1].question == ITEM.question
    assert (goldstore.PACKAGE_GOLD / "base.jsonl").read_bytes() == before


def test_an_item_saved_again_stands_once(tmp_path: Path, snapshot: Snapshot) -> None:
    save_item(tmp_path, ITEM, snapshot, TODAY)
    path = save_item(tmp_path, ITEM.model_copy(update={"tags": ["vu"]}), snapshot, TODAY)
    [line] = path.read_text("utf-8").splitlines()
    assert json.loads(line)["tags"] == ["vu"]


def test_an_item_that_the_checks_refuse_is_not_written(tmp_path: Path, snapshot: Snapshot) -> None:
    wrong = ITEM.model_copy(update={"facts": [["97 €"]], "answer": "Il coûte 97 €."})
    with pytest.raises(GoldError, match="97 €"):
        save_item(tmp_path, wrong, snapshot, TODAY)
    assert len(installed_gold(tmp_path).items) == 2


def test_a_report_prefills_an_item_that_passes_the_checks(snapshot: Snapshot) -> None:
    source = Source(
        n=1, fiche="F14929", title="T", section="S", url="https://x.fr", updated="2020", quote="q"
    )
    card = Card(
        question="et le prix",
        standalone_question="passeport — et le prix",
        say="Le passeport coûte 86 €.",
        sources=[source],
        check=[Check(fact="86 €", source=1)],
    )
    item = prefilled("qa-9", card, ["faux"], TODAY)
    assert item.question == "passeport — et le prix"
    assert item.fiches == ["F14929"]
    assert item.tags == ["signalement", "faux"]
    assert check_item(item, snapshot, TODAY).problems == []


def test_an_abstention_prefills_a_question_without_answer(snapshot: Snapshot) -> None:
    card = Card(question="un dauphin", standalone_question="un dauphin", abstained=True)
    item = prefilled("qa-9", card, [], TODAY)
    assert item.expects_no_answer
    assert item.facts == item.fiches == []


def test_items_are_exported_as_they_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text(as_lines([ITEM]), "utf-8")
    assert goldstore.load_gold([path]).items == (ITEM,)


def test_the_items_that_rest_on_changed_fiches_are_to_be_reviewed(tmp_path: Path) -> None:
    [(item, fiches)] = touched(installed_gold(tmp_path), {"F1", "F2"})
    assert (item.id, fiches) == ("b", ["F1"])


def test_an_item_read_again_is_no_longer_to_be_reviewed_over_that_snapshot(tmp_path: Path) -> None:
    mark_reviewed(tmp_path, "b", "2026-01-01-abc")
    gold = installed_gold(tmp_path)
    assert touched(gold, {"F1"}, reviewed(tmp_path, "2026-01-01-abc")) == []
    assert len(touched(gold, {"F1"}, reviewed(tmp_path, "2026-02-01-def"))) == 1


def test_a_new_item_gets_an_id_that_no_other_has(tmp_path: Path, snapshot: Snapshot) -> None:
    first = new_id(installed_gold(tmp_path))
    save_item(tmp_path, ITEM.model_copy(update={"id": first}), snapshot, TODAY)
    assert new_id(installed_gold(tmp_path)) != first

"""The fiche for agents: the same parts, the case's lines only, each line with its passage."""

from __future__ import annotations

from assistant.chain import Assistant
from assistant.sheet import Sheet, sheet_of


def sheet(assistant: Assistant, fiche: str, *cases: str) -> Sheet:
    snapshot = assistant.snapshot
    return sheet_of(snapshot.fiche(fiche), snapshot.passages(fiche), cases)


def text(found: Sheet) -> str:
    return "\n".join(line.text for part in found.parts for line in part.lines)


def test_the_parts_stand_in_one_order_for_every_fiche(assistant: Assistant) -> None:
    order = [
        "sentence", "who", "documents", "cost", "time", "place", "after", "exceptions",
        "numbers", "sources",
    ]  # fmt: skip
    for fiche in assistant.snapshot.ids:
        names = [part.name for part in sheet(assistant, fiche).parts]
        assert names == [name for name in order if name in names]
        assert "sources" in names


def test_every_line_of_the_body_is_of_its_passage(assistant: Assistant) -> None:
    passages = {p.id: p for p in assistant.snapshot.passages("F14929")}
    for part in sheet(assistant, "F14929").parts:
        for line in part.lines:
            if line.passage and part.name in ("documents", "cost", "time"):
                shown = "".join(line.text.replace(" : ", "").split())
                own = "".join(passages[line.passage].text.replace(" : ", "").split())
                assert all("".join(t.split()) in own for t in line.text.split("\n")) or shown in own


def test_the_sheet_of_a_case_leaves_out_the_others(assistant: Assistant) -> None:
    cases = [line.case for part in sheet(assistant, "F1168", "meublé").parts for line in part.lines]
    assert not any("Logement vide" in case for case in cases)
    assert any(c[:1] == ["Logement vide"] for c in [
        line.case for part in sheet(assistant, "F1168").parts for line in part.lines
    ])  # fmt: skip


def test_documents_and_cost_of_a_passport_have_their_parts(assistant: Assistant) -> None:
    found = sheet(assistant, "F14929")
    documents, cost = found.part("documents"), found.part("cost")
    assert documents is not None
    assert "Photo" in "\n".join(line.text for line in documents.lines)
    assert cost is not None
    assert "86" in "\n".join(line.text for line in cost.lines)

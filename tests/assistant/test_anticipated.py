"""Questions that readers of a fiche foresaw, and the units that they marked."""

from pathlib import Path

import pytest

from assistant import anticipated as module
from assistant.anticipated import anchor_of, chances_of
from assistant.unit_reader import units_to_read
from assistant.units import Unit, units_of
from evals.anticipating import joined, listing, read_lines, write
from vectorstore.anticipated import Anticipated, anticipated
from vectorstore.errors import SouffleurError
from vectorstore.fiche import Passage
from vectorstore.snapshot import Snapshot


def units(text: str) -> list[Unit]:
    return list(units_of(Passage(id="F1#0", fiche="F1", kind="section", section=(), text=text)))


@pytest.fixture
def foreseen(monkeypatch: pytest.MonkeyPatch) -> list[Unit]:
    found = units("La caution est rendue sous 2 mois. Elle est d'un mois de loyer. Gardez le bail.")
    known = {
        "F1": (
            Anticipated(
                "combien de temps il a le proprio pour rendre la caution", (anchor_of(found[0]),)
            ),
            Anticipated(
                "combien de loyers on peut me demander en garantie", (anchor_of(found[1]),)
            ),
        )
    }
    monkeypatch.setattr(module, "anticipated", lambda: known)
    module._runs_of.cache_clear()
    yield found
    module._runs_of.cache_clear()


def test_a_misspelt_question_finds_the_units_of_the_one_it_resembles(foreseen: list[Unit]) -> None:
    chances = chances_of("combien de tems le propio pr rendre ma caussion", "F1", foreseen)
    assert chances[0] > 0.7
    assert chances[2] == 0


def test_a_fiche_that_nobody_has_read_gives_no_chance_to_any_unit(foreseen: list[Unit]) -> None:
    assert not chances_of("rendre la caution", "F2", foreseen).any()


def test_an_anchor_survives_a_new_amount_but_not_a_new_rule() -> None:
    old, new, other = units("Le tarif est de 25 €. Le tarif est de 1 030,50 €. Le tarif est libre.")
    assert anchor_of(old) == anchor_of(new) != anchor_of(other)


def test_a_line_without_anchors_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "anticipated.tsv"
    path.write_text("F1\tcombien\tabc\nF1\tou ca\n", "utf-8")
    with pytest.raises(SouffleurError, match=r"anticipated.tsv:2 .*tabulations"):
        anticipated(path)


def test_a_reader_marks_units_by_number_and_they_are_found_again(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    fiche = snapshot.ids[0]
    assert f"\n0 {units_to_read(snapshot, fiche)[0].text.split()[0]}" in listing(snapshot, fiche)
    source, target = tmp_path / "read.tsv", tmp_path / "anticipated.tsv"
    source.write_text(f"{fiche}\tet c'est où\t0\n", "utf-8")
    write(read_lines(snapshot, source), target)
    assert anticipated(target)[fiche] == (
        Anticipated("et c'est où", (anchor_of(units_to_read(snapshot, fiche)[0]),)),
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("F1\tou\t0", "F1 n'est pas dans le corpus"),
        ("{fiche}\tou\t9999", "pas de numéro 9999"),
        ("{fiche}\tou\tzero", "numéros séparés par des virgules"),
    ],
)
def test_what_a_reader_mistyped_is_refused_with_its_line(
    snapshot: Snapshot, tmp_path: Path, line: str, says: str
) -> None:
    source = tmp_path / "read.tsv"
    source.write_text("\n" + line.format(fiche=snapshot.ids[0]) + "\n", "utf-8")
    with pytest.raises(SouffleurError, match=f"read.tsv:2 : .*{says}"):
        read_lines(snapshot, source)


def test_the_committed_questions_can_be_read() -> None:
    assert all(q.text and q.anchors for known in anticipated().values() for q in known)


def test_what_a_second_reader_wrote_stands_beside_the_first_without_the_same_question_twice() -> (
    None
):
    first = {"F1": (Anticipated("c'est où ?", ("a",)),), "F2": (Anticipated("combien", ("b",)),)}
    second = {"F1": [Anticipated("c est ou", ("c",)), Anticipated("et quand", ("d",))]}
    assert joined(first, second) == {
        "F1": (Anticipated("c'est où ?", ("a",)), Anticipated("et quand", ("d",)))
    }

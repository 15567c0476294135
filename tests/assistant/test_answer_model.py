"""The learned choice of the unit that answers: what it knows, and that it is the one that is trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.answer_model import AnswerModel, around_parts, own_parts, question_parts
from assistant.chain import Assistant
from assistant.unit_reader import UnitReader
from assistant.units import units_of
from evals.answer_training import Towers, hits, read_lessons, write_model
from vectorstore.anticipated import anticipated
from vectorstore.fiche import Passage


def passage(text: str, *section: str) -> Passage:
    return Passage(id="F1#0", fiche="F1", kind="section", section=section, text=text)


COST = passage("Le permis de jardiner coûte 12 €.", "Coût")
PLACE = passage("La demande se dépose à la mairie de votre domicile.", "Où s'adresser")
TIME = passage("Le permis vous est remis au bout de 15 jours.", "Délai")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("c'est combien", COST),
        ("ça coûte cher ?", COST),
        ("je vais où pour ça", PLACE),
        ("au bout de combien de temps je l'ai", TIME),
    ],
)
def test_everyday_words_meet_the_unit_that_answers(question: str, answer: Passage) -> None:
    units = [unit for p in (COST, PLACE, TIME) for unit in units_of(p)]
    scores = AnswerModel.load().scores(question, "Permis de jardiner", units)
    assert units[int(scores.argmax())].passage is answer


def test_parts_tell_the_kind_of_a_unit_and_what_stands_around_it() -> None:
    [unit] = units_of(COST)
    assert {"k:sentence", "k:section", "k:money"} <= set(own_parts(unit))
    assert around_parts("Permis de jardiner", unit) == ["s:cout", "t:jardin", "t:perm"]
    assert question_parts("combien")[-1] == "k:question"


def test_what_is_learned_from_a_corpus_is_written_and_read_again(
    assistant: Assistant, tmp_path: Path
) -> None:
    lessons = read_lessons(assistant.snapshot)
    towers = Towers(lessons, 0)
    before = hits([towers], lessons.pages)
    losses = [towers.epoch() for _ in range(4)]
    assert losses[-1] < losses[0]
    assert hits([towers], lessons.pages) > before
    write_model(lessons, [towers], tmp_path / "model.npz")
    model = AnswerModel.load(tmp_path / "model.npz")
    page = lessons.pages[0]
    assert model.question.vectors.shape[0] == 1
    assert np.allclose(model.own.vectors[0], towers.vectors["own"], atol=0.02)
    assert page.answers.sum(axis=1) == pytest.approx(np.ones(len(page.questions)))


def test_the_fiche_that_holds_the_answer_is_told_from_one_that_does_not(
    assistant: Assistant,
) -> None:
    snapshot = assistant.snapshot
    fiche = next(key for key in snapshot.ids if key in anticipated())
    question = anticipated()[fiche][0].text
    reader = UnitReader(snapshot)
    answers = dict(zip(snapshot.ids, reader(question, snapshot.ids), strict=True))
    assert answers[fiche] > sorted(answers.values())[len(answers) // 2]
    assert reader(question, [fiche]) == [answers[fiche]]
    assert min(answers.values()) >= 0

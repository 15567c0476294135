from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from evals.ablation import Judged, Weighed
from evals.causes import CAUSES, cause_of, causes
from evals.report_retrieval import CAUSES_FR
from vectorstore.evidence import Query
from vectorstore.ranking import FEATURES, Weights
from vectorstore.snapshot import Snapshot

TITLE_ALONE = Weights({name: float(name == "title") for name in FEATURES}, (0.0,) * 4, "rien")


def ranked(question: str, right: str, *fiches: str) -> Judged:
    """A question for which these fiches were ranked in this order."""
    features = np.zeros((len(fiches), len(FEATURES)))
    features[:, FEATURES.index("title")] = np.arange(len(fiches), 0, -1)
    return Judged(question, right, frozenset({right}), Weighed(Query(question), fiches, features))


def of_type(snapshot: Snapshot, kind: str) -> str:
    return next(head.id for head in snapshot.heads if head.type.startswith(kind))


def test_every_cause_has_a_french_name() -> None:
    assert list(CAUSES_FR) == list(CAUSES)


def test_a_right_first_fiche_has_no_cause(snapshot: Snapshot) -> None:
    assert cause_of(ranked("passeport", "F14929", "F14929"), TITLE_ALONE, snapshot) is None


@pytest.mark.parametrize(
    ("question", "right", "fiches", "cause"),
    [
        ("passeport", "F14929", ["F14930"], "not_a_candidate"),
        ("passeport", "F14929", ["F14930", "F14929"], "sibling_first"),
        ("zut mince flûte", "F14929", ["F1168", "F14929"], "words_missing"),
        ("passeport", "F14929", ["F1168", "F14929"], "other_theme"),
    ],
)
def test_a_failure_is_put_under_the_first_cause_that_holds(
    snapshot: Snapshot, question: str, right: str, fiches: Sequence[str], cause: str
) -> None:
    assert cause_of(ranked(question, right, *fiches), TITLE_ALONE, snapshot) == cause


def test_a_page_that_leads_to_others_is_named_before_its_dossier(snapshot: Snapshot) -> None:
    guide = of_type(snapshot, "Recherche guidée")
    found = cause_of(ranked("passeport", "F14929", guide, "F14929"), TITLE_ALONE, snapshot)
    assert found == "guide_first"


def test_shares_are_of_the_failed_questions_alone(snapshot: Snapshot) -> None:
    found = causes(
        [
            ranked("passeport", "F14929", "F14929"),
            ranked("le passeport", "F14929", "F14930", "F14929"),
            Judged("panne", "x", frozenset({"F1"}), None),
        ],
        TITLE_ALONE,
        snapshot,
    )
    assert found["sibling_first"]["items"] == ["le passeport"]
    assert found["failed"]["share"]["value"] == 0.5
    assert found["failed"]["share"]["n"] == 2

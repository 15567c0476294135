from __future__ import annotations

from pathlib import Path

import pytest

from evals.goldstore import team_folder
from evals.proposals import proposals, propose
from vectorstore.errors import UsageError


def test_a_proposed_route_is_kept_once_per_question_the_last_one_wins(tmp_path: Path) -> None:
    propose(tmp_path, "ma taxe foncière", "niveau1")
    propose(tmp_path, "mon dossier caf", "dossier")
    propose(tmp_path, "ma taxe foncière", "fiscal")
    assert proposals(tmp_path) == {"ma taxe foncière": "fiscal", "mon dossier caf": "dossier"}


def test_proposals_are_not_taken_for_gold_items(tmp_path: Path) -> None:
    propose(tmp_path, "ma taxe foncière", "fiscal")
    assert list(team_folder(tmp_path).glob("*.jsonl")) == []


def test_an_empty_question_is_no_proposal(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="question"):
        propose(tmp_path, "  ", "fiscal")

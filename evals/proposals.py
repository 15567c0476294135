"""Proposals of the QA team for the router: questions with the route that they should have had.

They are kept in the format of the router's own training questions, so that whoever trains it next can
take them as they are. Nothing changes in the service until then.
"""

from __future__ import annotations

import json
from pathlib import Path

from assistant.card import ROUTE_LABELS, RouteLabel
from vectorstore.errors import UsageError


def proposals_file(home: Path) -> Path:
    return home / "gold" / "routes" / "proposals.jsonl"


def propose(home: Path, question: str, label: RouteLabel) -> Path:
    """Keep a question with its right route; the same question is kept once, with the last route."""
    if label not in ROUTE_LABELS or not question.strip():
        raise UsageError("une proposition demande une question et une orientation connue")
    path = proposals_file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {**proposals(home), question.strip(): label}
    lines = [
        json.dumps({"question": text, "route": route}, ensure_ascii=False)
        for text, route in kept.items()
    ]
    staging = path.with_suffix(".new")
    staging.write_text("\n".join(lines) + "\n", "utf-8")
    staging.replace(path)
    return path


def proposals(home: Path) -> dict[str, str]:
    """Question -> proposed route, in the order of proposal."""
    path = proposals_file(home)
    if not path.is_file():
        return {}
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    return {record["question"]: record["route"] for record in records}

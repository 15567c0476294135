"""``python -m evals.sheets``: the share of annotated parts that the agent's fiche fills rightly.

An annotation names, for a fiche of the corpus of November 2020, a word or figure that the part must
hold; null where the fiche does not have the matter.
"""

from __future__ import annotations

import json
from pathlib import Path

from assistant.settings import load_settings
from assistant.sheet import sheet_of
from evals.matching import holds
from evals.statistics import rate
from vectorstore.snapshot import Snapshot

ANNOTATIONS = Path(__file__).resolve().parent / "annotations.jsonl"
PARTS = ("documents", "cost", "time", "place")
BAR = 0.9


def main() -> int:
    """Print the share of each part, and every miss; 1 when a part is below the bar."""
    snapshot = Snapshot.open(load_settings().home)
    rows = [json.loads(line) for line in ANNOTATIONS.read_text("utf-8").splitlines()]
    outcomes: dict[str, list[bool]] = {name: [] for name in PARTS}
    clusters: dict[str, list[str]] = {name: [] for name in PARTS}
    for row in rows:
        fiche = row["fiche"]
        if fiche not in snapshot.position:
            print(f"{fiche} : absente du corpus")
            continue
        sheet = sheet_of(snapshot.fiche(fiche), snapshot.passages(fiche))
        for name in PARTS:
            if row[name] is None:
                continue
            part = sheet.part(name)
            text = "\n".join(line.text for line in part.lines) if part else ""
            outcomes[name].append(holds(text, row[name]))
            clusters[name].append(fiche)
            if not outcomes[name][-1]:
                print(f"{fiche} : {name} sans « {row[name]} »")
    failed = False
    for name in PARTS:
        measured = rate(outcomes[name], clusters[name]).as_dict()
        failed |= (measured["value"] or 0.0) < BAR
        print(
            f"{name:10} {measured['value']:.3f} [{measured['low']:.3f} ; {measured['high']:.3f}] "
            f"sur {measured['n']}"
        )
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())

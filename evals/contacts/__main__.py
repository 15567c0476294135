"""``python -m evals.contacts [FILE] [--json]``: the share of annotations whose contacts are right."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from assistant.chain import Assistant
from evals.contacts import ANNOTATIONS, BAR, load_annotations, measure
from evals.statistics import rate


def main() -> int:
    """Print the share and every miss; 1 when the share is below the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="un objet JSON sur la sortie standard")
    parser.add_argument("file", nargs="?", type=Path, default=ANNOTATIONS)
    arguments = parser.parse_args()
    annotations = load_annotations(arguments.file)
    results = measure(Assistant.open(), annotations)
    misses = [result for result in results if result.faults]
    clusters = [result.annotation.fiche for result in results]
    share = rate([not result.faults for result in results], clusters).as_dict()
    met = (share["value"] or 0.0) >= BAR
    if arguments.json:
        record = {
            "right": share,
            "absent": len(annotations) - len(results),
            "bar": BAR,
            "misses": [
                {"fiche": m.annotation.fiche, "shown": m.shown, "faults": m.faults} for m in misses
            ],
        }
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return int(not met)
    for miss in misses:
        shown = " ; ".join(miss.shown) or "rien"
        print(f"{miss.annotation.fiche} : {', '.join(miss.faults)} (sur la carte : {shown})")
    print(f"fiches absentes du corpus : {len(annotations) - len(results)}")
    print(
        f"contacts du bon cas : {share['value']} [{share['low']} ; {share['high']}] sur {share['n']}"
    )
    return int(not met)


if __name__ == "__main__":
    raise SystemExit(main())

"""Questions that callers ask of a fiche: what a reader sees, and how what is written is taken in.

``python -m evals.anticipating list F134 F31858`` prints the numbered units of fiches;
``python -m evals.anticipating add FILE…`` takes lines "fiche, tab, question, tab, unit numbers" and
writes them with anchors into ``vectorstore/anticipated.tsv``, in place of what stood there of the same
fiches, or after it with ``--beside``; ``python -m evals.anticipating check`` counts the anchors that the corpus in use still holds.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.anticipated import anchor_of
from assistant.settings import load_settings
from assistant.unit_reader import units_to_read
from assistant.units import Unit
from vectorstore.anticipated import ANTICIPATED_FILE, Anticipated, anticipated
from vectorstore.errors import SouffleurError
from vectorstore.snapshot import Snapshot
from vectorstore.text import words


def listing(snapshot: Snapshot, fiche: str) -> str:
    """A fiche as a reader sees it: where each unit stands, what introduces it, its number."""
    lines = [f"## {fiche} {snapshot.fiche(fiche).title}"]
    place, lead = "", ""
    for number, unit in enumerate(units_to_read(snapshot, fiche)):
        passage = unit.passage
        found = " / ".join(
            [*passage.section, *(" > ".join(case) for case in passage.cases if case)]
        )
        if found != place:
            place, lead = found, ""
            lines.append(f"[{place}]")
        if unit.lead and unit.lead != lead:
            lines.append(f"  ({unit.lead})")
        lead = unit.lead
        lines.append(f"{number} {' '.join(unit.text.split())}")
    return "\n".join(lines)


def read_lines(snapshot: Snapshot, path: Path) -> dict[str, list[Anticipated]]:
    """What a reader wrote, with anchors for unit numbers.

    Raises:
        SouffleurError: a line is not as it must be, names no fiche of the corpus or no unit of it.
    """
    found: dict[str, list[Anticipated]] = {}
    units: dict[str, list[Unit]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) != 3 or not re.fullmatch(r"\d+(?: ?, ?\d+)*", parts[2]):
            raise SouffleurError(
                f"{where} : attendu une fiche, une question et des numéros séparés par des virgules, "
                "entre tabulations"
            )
        fiche, question = parts[0], " ".join(parts[1].split())
        if fiche not in snapshot.position:
            raise SouffleurError(f"{where} : la fiche {fiche} n'est pas dans le corpus en service")
        if fiche not in units:
            units[fiche] = units_to_read(snapshot, fiche)
        numbers = [int(part) for part in parts[2].split(",")]
        if max(numbers) >= len(units[fiche]):
            raise SouffleurError(
                f"{where} : {fiche} n'a que {len(units[fiche])} unités, pas de numéro {max(numbers)}"
            )
        anchors = dict.fromkeys(anchor_of(units[fiche][n]) for n in numbers)
        found.setdefault(fiche, []).append(Anticipated(question, tuple(anchors)))
    return found


def joined(
    first: dict[str, Sequence[Anticipated]], second: dict[str, list[Anticipated]]
) -> dict[str, Sequence[Anticipated]]:
    """What both hold of the second's fiches; of two questions of the same words the first stays."""
    found: dict[str, Sequence[Anticipated]] = {}
    for fiche, questions in second.items():
        by_words: dict[tuple[str, ...], Anticipated] = {}
        for question in (*first.get(fiche, ()), *questions):
            by_words.setdefault(tuple(words(question.text)), question)
        found[fiche] = tuple(by_words.values())
    return found


def write(questions: dict[str, Sequence[Anticipated]], path: Path) -> None:
    """All questions, by fiche number."""
    lines = [
        f"{fiche}\t{question.text}\t{','.join(question.anchors)}"
        for fiche in sorted(questions, key=lambda name: int(name[1:]))
        for question in questions[fiche]
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def held(snapshot: Snapshot, questions: dict[str, Sequence[Anticipated]]) -> dict[str, int]:
    """How many fiches, questions and anchors there are, and how many the corpus holds."""
    counts = dict.fromkeys(("fiches", "questions", "anchors", "fiches_held", "anchors_held"), 0)
    for fiche, asked in questions.items():
        counts["fiches"] += 1
        counts["questions"] += len(asked)
        counts["anchors"] += sum(len(question.anchors) for question in asked)
        if fiche not in snapshot.position:
            continue
        counts["fiches_held"] += 1
        there = {anchor_of(unit) for unit in units_to_read(snapshot, fiche)}
        counts["anchors_held"] += sum(a in there for question in asked for a in question.anchors)
    return counts


def main(arguments: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list").add_argument("fiche", nargs="+")
    adding = commands.add_parser("add")
    adding.add_argument("file", nargs="+", type=Path)
    adding.add_argument("--beside", action="store_true", help="keep what stood of the same fiches")
    commands.add_parser("check")
    parsed = parser.parse_args(None if arguments is None else list(arguments))
    snapshot = Snapshot.open(load_settings().home)
    if parsed.command == "list":
        print("\n\n".join(listing(snapshot, fiche) for fiche in parsed.fiche))
        return
    questions: dict[str, Sequence[Anticipated]] = dict(anticipated())
    if parsed.command == "add":
        for path in parsed.file:
            read = read_lines(snapshot, path)
            questions |= joined(questions, read) if parsed.beside else read
        write(questions, ANTICIPATED_FILE)
    print(json.dumps(held(snapshot, questions), indent=2))


if __name__ == "__main__":
    main()

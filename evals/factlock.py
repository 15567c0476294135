"""The fact lock over the whole corpus: ``python -m evals.factlock [--limit N]``.

The composer answers every fiche's own title; whatever the lock then removes is a false alarm, for the
composer says only what the fiche says. Exits with 1 when there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.caller import read_caller
from assistant.cases import in_force
from assistant.compose import compose
from assistant.opening import open_understanding
from assistant.question import Understanding
from assistant.settings import load_settings
from assistant.verify import missing_facts
from vectorstore.snapshot import Snapshot


@dataclass(frozen=True)
class Alarm:
    """A sentence that the lock removes."""

    fiche: str
    sentence: str
    facts: tuple[str, ...]


@dataclass
class Tally:
    """What was looked at."""

    fiches: int = 0
    sentences: int = 0


def alarms(
    snapshot: Snapshot, understanding: Understanding, fiches: Iterable[str], tally: Tally
) -> Iterator[Alarm]:
    """The false alarms of the fiches, in order.

    Args:
        tally: counted up on the way.
    """
    for name in fiches:
        fiche = snapshot.fiche(name)
        understood = understanding.read(fiche.title)
        caller = read_caller(understood.standalone, (), ())
        held = in_force(fiche, snapshot.passages(name), caller, understood.standalone)
        tally.fiches += 1
        for said in compose(understood, fiche, held, caller).said:
            tally.sentences += 1
            missing = missing_facts(said, fiche)
            if missing:
                yield Alarm(name, said.text, tuple(fact.words for fact in missing))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=None, help="only the first N fiches")
    arguments = parser.parse_args()
    settings = load_settings()
    snapshot = Snapshot.open(settings.home)
    understanding = open_understanding(snapshot, settings)
    tally = Tally()
    found = 0
    for alarm in alarms(snapshot, understanding, snapshot.ids[: arguments.limit], tally):
        found += 1
        print(f"{alarm.fiche} : {', '.join(alarm.facts)} — {alarm.sentence}")
    print(f"{tally.fiches} fiches, {tally.sentences} phrases, {found} fausses alertes")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
